import { expect, it } from 'vitest';
import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { VisitorAction } from '../about.svelte.ts';
import type { Change } from '../changes.ts';
import type { Desk } from '../desk.ts';
import { colleague, FakeBackend, me, organization, there } from '../fake-api.ts';
import { Inbox } from '../inbox.svelte.ts';
import { filterSearch, type InboxFilter } from '../list/filter.ts';
import { commandsOf, type Command } from './commands.ts';

async function setup(opened: Partial<MyInboxConversation> | null, adminOf: object[] = []) {
	const backend = new FakeBackend();
	backend.write('a', 'hello');
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	await inbox.load();
	const changes: Change[] = [];
	const asked: VisitorAction[] = [];
	const row = there(inbox.row('a'));
	const label = {
		id: 'label',
		organization_id: row.organization_id,
		name: 'VIP',
		color: '#ffffff'
	};
	const people = [
		{ id: me, display_name: 'Me', avatar_url: null },
		{ id: colleague, display_name: 'Олена', avatar_url: null }
	];
	const desk = {
		inbox,
		recent: ['a', 'erased'],
		membership: {
			me: { id: me },
			people: new Map(people.map((person) => [person.id, person])),
			sites: [],
			labels: [label],
			adminOf
		},
		opened: opened && {
			row: { ...row, ...opened },
			change: (change: Change) => changes.push(change),
			write: () => undefined,
			visitor: (action: VisitorAction) => asked.push(action),
			toggleCard: () => undefined,
			toggleList: () => undefined
		},
		address: (id: string | null, change: Partial<InboxFilter> = {}) =>
			`/inbox${id ? `/${id}` : ''}${filterSearch({ ...inbox.filter, ...change })}`
	};
	// Only what the commands look at: a whole desk connects to a backend.
	const commands = commandsOf(desk as unknown as Desk, []);
	const run = (id: string) => {
		const found = there(commands.find((command) => command.id === id));
		if (typeof found.run === 'function') found.run();
		return found.run;
	};
	const ids = commands.map(({ id }: Command) => id);
	return { commands, ids, run, changes, asked };
}

it('offers nothing about a conversation when none is open', async () => {
	const { commands, ids, run } = await setup(null);
	expect(commands.filter(({ group }) => group === 'conversation')).toEqual([]);
	expect(ids).toContain('conversation:a');
	expect(ids).not.toContain('conversation:erased');
	expect(run('view:snoozed')).toEqual({ href: '/inbox?view=snoozed' });
	expect(run('labelled:label')).toEqual({ href: '/inbox?label=label' });
});

it('offers what would change something, each once', async () => {
	const { ids, run, changes } = await setup({ assignee_id: me, label_ids: ['label'] });
	expect(new Set(ids).size).toBe(ids.length);
	expect(ids).not.toContain('mine');
	for (const id of ['nobody', `assign:${colleague}`, 'label:label', 'close:spam']) run(id);
	expect(changes).toEqual([
		{ kind: 'assignee', assignee_id: null },
		{ kind: 'assignee', assignee_id: colleague },
		{ kind: 'label', label_id: 'label', on: false },
		{ kind: 'status', status: 'closed', reason: 'spam' }
	]);
});

it('opens a closed conversation again instead of closing it', async () => {
	const { ids } = await setup({ status: 'closed' });
	expect(ids).toContain('reopen');
	expect(ids.filter((id) => id.startsWith('close'))).toEqual([]);
});

it('leaves to admins what takes a visitor’s data out or away', async () => {
	const visitors = (ids: string[]) => ids.filter((id) => id.startsWith('visitor:'));
	expect(visitors((await setup({})).ids)).toEqual(['visitor:block', 'visitor:merge']);
	const { ids, run, asked } = await setup({}, [{ id: organization }]);
	for (const id of visitors(ids)) run(id);
	expect(asked).toEqual(['block', 'merge', 'export', 'erase']);
});
