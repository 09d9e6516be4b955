import type { Json, Tables } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Backend } from '#lib/session/backend.ts';
import type { Membership } from '#lib/session/membership.ts';
import { soon, type Call } from '../../call.ts';
import { codeOf, type FailureCode } from '../../failure.ts';
import { inboxViews, type InboxFilter } from '../filter.ts';

export type SavedView = Pick<
	Tables<'saved_views'>,
	'id' | 'organization_id' | 'user_id' | 'name' | 'filters' | 'shared'
>;

const columns = 'id, organization_id, user_id, name, filters, shared';
const byName = (a: SavedView, b: SavedView) => a.name.localeCompare(b.name);

/** Lists of the inbox under names: one's own, and those that colleagues share. */
export class SavedViews {
	/** Null until they are known. */
	views = $state.raw<readonly SavedView[] | null>(null);
	failure = $state<FailureCode | null>(null);

	readonly #rest: () => Backend['rest'];
	readonly #call: Call;
	readonly #me: string;
	readonly #organization: string;

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
			const views = await this.#call<SavedView[]>(() =>
				this.#rest()
					.from('saved_views')
					.select(columns)
					.eq('organization_id', this.#organization)
					.abortSignal(soon())
			);
			this.views = views.sort(byName);
		} catch (error) {
			this.failure = codeOf(error);
		}
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
		this.views = [...(this.views ?? []).filter((one) => one.id !== id), view].sort(byName);
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
