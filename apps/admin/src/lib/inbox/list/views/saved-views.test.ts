import { expect, it } from 'vitest';
import type { InboxFilter } from '../filter.ts';
import { filterOfView, parametersOf, SavedViews, type SavedView } from './saved-views.svelte.ts';

it('keeps a list as it stands in the address', () => {
	const filter: InboxFilter = { view: 'mine', site_id: 'site', label_id: null };
	expect(parametersOf(filter)).toEqual({ view: 'mine', site: 'site' });
	expect(filterOfView({ filters: parametersOf(filter) })).toEqual(filter);
});

it.each([[null], ['mine'], [['mine']], [{ view: 'nothing', site: 5 }]])(
	'takes %j for the open list',
	(filters) => {
		expect(filterOfView({ filters })).toEqual({ view: 'open', site_id: null, label_id: null });
	}
);

const view = (id: string, name: string): SavedView => ({
	...{ id, name, organization_id: 'kavka', user_id: 'me', filters: {}, shared: false }
});

/** Two lists that are stored; what is asked for is told, and the order may be refused. */
async function setup(order: string[] = []) {
	const asked: unknown[] = [];
	const world = { asked, refuses: false };
	const answering = (data: unknown) => ({
		eq: (...by: string[]) => ({ abortSignal: () => [data, by] })
	});
	const stored: Record<string, unknown> = {
		saved_views: [view('1', 'Urgent'), view('2', 'Wholesale'), view('3', 'Another')],
		saved_view_orders: [{ view_ids: order }]
	};
	const rest = {
		from: (table: string) => ({
			select: () => answering(stored[table]),
			update: (values: object) => {
				asked.push(values);
				return answering(null);
			}
		}),
		rpc: (_: string, { view_ids }: { view_ids: string[] }) => {
			if (world.refuses) throw new Error('refused');
			asked.push(view_ids.join(''));
			return { abortSignal: () => [null] };
		}
	};
	const saved = new SavedViews(
		() => rest as never,
		async (ask) => ((await ask()) as unknown as [never])[0],
		{ me: { id: 'me' }, organization: { id: 'kavka' } } as never
	);
	await saved.load();
	return { saved, world, ids: () => saved.views?.map(({ id }) => id).join('') };
}

it('takes another name, in its place among the others', async () => {
	const { saved, world } = await setup();
	await saved.change(view('1', 'Urgent'), { name: ' Zeal ', shared: true });
	expect(world.asked).toEqual([{ name: 'Zeal', shared: true }]);
	expect(saved.views?.map(({ name, shared }) => [name, shared])).toEqual([
		['Another', false],
		['Wholesale', false],
		['Zeal', true]
	]);
});

it('stands as somebody has put it, what they have not put below by name', async () => {
	const { saved, ids } = await setup(['gone', '2']);
	expect(ids()).toBe('231');
	await saved.change(view('2', 'Wholesale'), { name: 'Zeal', shared: false });
	expect(ids()).toBe('231');
});

it('is moved at once, keeps only the last of several orders, and goes back when refused', async () => {
	const { saved, world, ids } = await setup(['1', '2', '3']);
	const moves = [saved.move(2, 0), saved.move(0, 1)];
	expect(ids()).toBe('132');
	await Promise.all(moves);
	expect(world.asked).toEqual(['132']);
	world.refuses = true;
	await expect(saved.move(0, 2)).rejects.toThrow('refused');
	expect(ids()).toBe('132');
});
