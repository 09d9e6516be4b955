import type { Json, Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Backend } from '#lib/session/backend.ts';
import type { Membership } from '#lib/session/membership.ts';
import { soon, type Call } from '../../call.ts';
import { codeOf, type FailureCode } from '../../failure.ts';
import { inboxViews, type InboxFilter } from '../filter.ts';
import { moved } from '#lib/lists/moved.ts';

export type SavedView = Pick<
	Tables<'saved_views'>,
	'id' | 'organization_id' | 'user_id' | 'name' | 'filters' | 'shared'
>;

const columns = 'id, organization_id, user_id, name, filters, shared';

/** Lists of the inbox under names: one's own, and those that colleagues share. */
export class SavedViews {
	/** Null until they are known. */
	views = $state.raw<readonly SavedView[] | null>(null);
	failure = $state<FailureCode | null>(null);

	readonly #rest: () => Backend['rest'];
	readonly #call: Call;
	readonly #me: string;
	readonly #organization: string;
	/** Ids from the top, as this person has put them; what is not named stands below, by name. */
	#order: readonly string[] = [];
	/** The order is sent one after the other: the last one stays. */
	#ordering: Promise<unknown> = Promise.resolve();

	constructor(
		rest: () => Backend['rest'],
		call: Call,
		{ me, organization }: Pick<Membership, 'me' | 'organization'>
	) {
		this.#rest = rest;
		this.#call = call;
		this.#me = me.id;
		this.#organization = organization.id;
	}

	async load(): Promise<void> {
		this.failure = null;
		try {
			const [views, orders] = await Promise.all([
				this.#read<SavedView>('saved_views', columns),
				this.#read<{ view_ids: string[] }>('saved_view_orders', 'view_ids')
			]);
			this.#order = orders[0]?.view_ids ?? [];
			this.views = this.#sorted(views);
		} catch (error) {
			this.failure = codeOf(error);
		}
	}

	async #read<Row>(table: 'saved_views' | 'saved_view_orders', select: string): Promise<Row[]> {
		return this.#call<Row[]>(() =>
			this.#rest()
				.from(table)
				.select(select)
				.eq('organization_id', this.#organization)
				.abortSignal(soon())
		);
	}

	#sorted(views: readonly SavedView[]): SavedView[] {
		const place = ({ id }: SavedView) => {
			const at = this.#order.indexOf(id);
			return at === -1 ? this.#order.length : at;
		};
		return views.toSorted((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
	}

	/** To another place in this person's list, at once; throws when it could not be kept, and is then as it was. */
	async move(from: number, to: number): Promise<void> {
		const { views } = this;
		if (!views || from === to) return;
		const before = this.#order;
		const order = moved(views, from, to).map(({ id }) => id);
		this.#order = order;
		this.views = this.#sorted(views);
		const kept = this.#ordering.then(() => this.#keep(order));
		this.#ordering = kept.catch(() => undefined);
		try {
			await kept;
		} catch (error) {
			if (this.#order === order) {
				this.#order = before;
				this.views = this.#sorted(this.views);
			}
			throw error;
		}
	}

	async #keep(view_ids: string[]): Promise<void> {
		// A later one has all of it.
		if (view_ids !== this.#order) return;
		await this.#call(() =>
			this.#rest()
				.rpc('order_saved_views', { organization_id: this.#organization, view_ids })
				.abortSignal(soon())
		);
	}

	/** Throws when it could not be saved. */
	async save(name: string, filter: InboxFilter, shared: boolean): Promise<void> {
		await this.put({
			...{ id: uuidv7(), organization_id: this.#organization, user_id: this.#me },
			...{ name: name.trim(), shared, filters: parametersOf(filter) }
		});
	}

	/** Makes it, or again after it was removed: its id is that of before, so a repeat changes nothing. */
	async put(view: SavedView): Promise<void> {
		const { id, organization_id, name, filters, shared } = view;
		await this.#call(() =>
			this.#rest()
				.from('saved_views')
				.upsert({ id, organization_id, name, filters, shared }, { ignoreDuplicates: true })
				.abortSignal(soon())
		);
		this.views = this.#sorted([...(this.views ?? []).filter((one) => one.id !== id), view]);
	}

	/** Another name, or for other eyes; throws when it could not be saved. */
	async change(
		view: SavedView,
		{ name, shared }: Pick<SavedView, 'name' | 'shared'>
	): Promise<void> {
		const changed = { ...view, name: name.trim(), shared };
		await this.#call(() =>
			this.#rest()
				.from('saved_views')
				.update({ name: changed.name, shared })
				.eq('id', view.id)
				.abortSignal(soon())
		);
		this.views = this.#sorted(
			(this.views ?? []).map((one) => (one.id === view.id ? changed : one))
		);
	}

	async remove({ id }: SavedView): Promise<void> {
		await this.#call(() =>
			this.#rest().from('saved_views').delete().eq('id', id).abortSignal(soon())
		);
		this.views = (this.views ?? []).filter((one) => one.id !== id);
	}
}

/** As in the inbox's address. */
export function parametersOf({ view, site_id, label_id }: InboxFilter): Record<string, string> {
	return {
		view,
		...(site_id !== null && { site: site_id }),
		...(label_id !== null && { label: label_id })
	};
}

/** Whatever stands there was written by some client: what is no list of ours is the open one. */
export function filterOfView({ filters }: { filters: Json }): InboxFilter {
	const of = (name: string): string | null => {
		const value =
			typeof filters === 'object' && filters !== null && !Array.isArray(filters)
				? filters[name]
				: null;
		return typeof value === 'string' ? value : null;
	};
	return {
		view: inboxViews.find((name) => name === of('view')) ?? 'open',
		site_id: of('site'),
		label_id: of('label')
	};
}
