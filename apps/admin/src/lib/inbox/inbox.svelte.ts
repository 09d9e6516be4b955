import type {
	InboxConversation,
	InboxCounts,
	InboxPage,
	MyInboxConversation,
	ReadAdvanced
} from '@chatiq/contracts/conversation';
import type { InboxApi } from './api.ts';
import type { Change } from './changes.ts';
import { coalesce } from './coalesce.ts';
import { codeOf, temporary, type FailureCode } from './failure.ts';
import { Counts } from './inbox-counts.svelte.ts';
import { InboxRows } from './inbox-rows.svelte.ts';
import { CalmOrder } from './list/calm-order.svelte.ts';
import { inList, keyOf, orderOf, type InboxFilter } from './list/filter.ts';
import { SortedRows } from './list/sorted-rows.ts';
import { Retry } from './retry.ts';

interface Options {
	api: InboxApi;
	me: string;
	/** The one that is worked in; the feed of changes tells of others too. */
	organization: string;
	siteIds: readonly string[];
	filter?: InboxFilter;
	/** The first page of that list, when the server has already loaded it. */
	firstPage?: InboxPage | null;
}

/** How far a list is loaded: rows older than `edge` may be missing in it. */
interface Loaded {
	edge: MyInboxConversation | null;
	hasMore: boolean;
}

/** The list of conversations: every row known, kept current by events and by the changes feed. */
export class Inbox {
	filter: InboxFilter = $state.raw({ view: 'open', site_id: null, label_id: null });
	loading = $state<'first' | 'more' | null>(null);
	failure = $state<FailureCode | null>(null);

	/** The feed of changes has no gap: it runs on from the first page's snapshot, whatever else is loaded. */
	readonly catchUp = coalesce(() => this.#catchUp());

	readonly #api: InboxApi;
	readonly #me: string;
	readonly #organization: string;
	#siteIds: readonly string[];
	/** By site, while connected. */
	readonly #links = new Map<string, () => void>();
	#connected = false;
	readonly #rows = new InboxRows();
	readonly #sorted = new SortedRows<MyInboxConversation>(this.#rows);
	#loaded = $state.raw<ReadonlyMap<string, Loaded>>(new Map());
	#cursor: string | null = null;
	readonly #retry = new Retry();
	readonly #counts: Counts;
	readonly #watchers = new Map<string, () => void>();

	readonly #live = $derived(this.#list());
	/** Held still while somebody is about to click into the list. */
	readonly order = new CalmOrder({
		live: () => this.#live,
		row: (id) => this.row(id),
		compare: () => orderOf(this.filter.view)
	});
	readonly page = $derived(this.#loaded.get(keyOf(this.filter)) ?? null);

	constructor({ api, me, organization, siteIds, filter, firstPage = null }: Options) {
		this.#api = api;
		this.#me = me;
		this.#organization = organization;
		this.#siteIds = siteIds;
		if (filter) this.filter = filter;
		this.#counts = new Counts(api, () => this.filter.site_id);
		if (firstPage) this.#take(this.filter, firstPage);
	}

	get counts(): InboxCounts | null {
		return this.#counts.current;
	}

	/** The list as it is drawn. */
	get conversations(): readonly MyInboxConversation[] {
		return this.order.rows;
	}

	/** Open conversations with something unread, as far as they are loaded. */
	get unreadTotal(): number {
		return this.#rows.unreadTotal;
	}

	row(id: string): MyInboxConversation | null {
		return this.#rows.get(id);
	}

	/** Starts live updates; call the result to stop. */
	connect(): () => void {
		this.#connected = true;
		this.#listen();
		void this.load();
		void this.#counts.now();
		return () => {
			this.#connected = false;
			this.#retry.stop();
			this.#counts.stop();
			this.#listen();
		};
	}

	/** The operator works on these sites from now on. */
	async follow(siteIds: readonly string[]): Promise<void> {
		if (siteIds.toSorted().join() === this.#siteIds.toSorted().join()) return;
		this.#siteIds = siteIds;
		this.#listen();
		for (const { id, site_id } of this.#rows.all) {
			if (!siteIds.includes(site_id)) this.#remove(id);
		}
		await this.#reload();
		void this.#counts.now();
	}

	/** Joins the topics of the sites that are followed, and leaves the others. */
	#listen(): void {
		const wanted = this.#connected ? this.#siteIds : [];
		for (const [site, leave] of this.#links) {
			if (wanted.includes(site)) continue;
			leave();
			this.#links.delete(site);
		}
		for (const site of wanted) {
			if (this.#links.has(site)) continue;
			const leave = this.#api.joinInbox(site, {
				conversation_changed: (row) => this.apply(row),
				conversation_removed: ({ id }) => this.#remove(id),
				read_advanced: (read) => this.applyRead(read),
				joined: () => void this.catchUp()
			});
			this.#links.set(site, leave);
		}
	}

	async show(filter: InboxFilter): Promise<void> {
		const moved = filter.site_id !== this.filter.site_id;
		if (keyOf(filter) !== keyOf(this.filter)) {
			this.filter = filter;
			this.order.release();
		}
		if (moved) void this.#counts.now();
		await this.load();
	}

	/** Loads the first page of the current list, unless it is there. */
	async load(): Promise<void> {
		if (this.page || this.loading) return;
		await this.#fetch('first', null);
	}

	async loadMore(): Promise<void> {
		if (this.loading || !this.page?.hasMore) return;
		await this.#fetch('more', this.page.edge);
		this.order.extend();
	}

	/** A row from an event or from a call of ours. */
	apply(row: InboxConversation): void {
		this.#counts.soon();
		if (this.#rows.apply(row) === 'guessed') void this.catchUp();
	}

	/** A row as the database answers it to me, my counters included. */
	applyMine(row: MyInboxConversation): void {
		this.#rows.applyMine(row);
	}

	applyRead(read: ReadAdvanced): void {
		this.#rows.applyRead(read, this.#me);
	}

	/** Tells whoever has the conversation open that it was erased; call the result to stop. */
	onRemoved(id: string, listener: () => void): () => void {
		this.#watchers.set(id, listener);
		return () => this.#watchers.delete(id);
	}

	async change(id: string, change: Change): Promise<void> {
		this.apply(await this.#api.change(id, change));
	}

	/** Everything that is written there counts as read by me. */
	async markRead(id: string): Promise<void> {
		const row = this.row(id);
		if (!row) return;
		await this.#api.markRead(id, row.last_seq);
		this.applyRead({
			...{ conversation_id: id, reader_kind: 'operator', reader_id: this.#me },
			...{ last_read_seq: row.last_seq, read_visitor_count: row.visitor_message_count }
		});
	}

	/** The conversation above (-1) or below (1) in the list, also of one that has just left it. */
	neighbour(id: string | null, step: 1 | -1): string | null {
		const list = this.conversations;
		const index = list.findIndex((row) => row.id === id);
		if (index !== -1) return list[index + step]?.id ?? null;
		const gone = id === null ? null : this.row(id);
		const compare = orderOf(this.filter.view);
		const above = gone ? list.filter((row) => compare(row, gone) < 0).length : 0;
		return (list[step === 1 ? above : above - 1] ?? list.at(-1))?.id ?? null;
	}

	#list(): readonly MyInboxConversation[] {
		const loaded = this.#loaded.get(keyOf(this.filter));
		if (!loaded) return [];
		const { filter } = this;
		const compare = orderOf(filter.view);
		const { edge } = loaded.hasMore ? loaded : { edge: null };
		return this.#sorted.read(loaded, {
			belongs: (row) => inList(row, filter, this.#me) && (edge === null || compare(row, edge) <= 0),
			compare
		});
	}

	async #fetch(what: 'first' | 'more', before: MyInboxConversation | null): Promise<void> {
		const filter = this.filter;
		this.loading = what;
		this.failure = null;
		try {
			this.#take(filter, await this.#api.listInbox(filter, before));
			this.#retry.succeeded();
		} catch (error) {
			this.failure = codeOf(error);
			if (temporary(error)) this.#retry.later(() => this.load());
		} finally {
			this.loading = null;
		}
		// The list was switched while this one was loading.
		if (filter !== this.filter) await this.load();
	}

	#take(filter: InboxFilter, page: InboxPage): void {
		for (const row of page.conversations) this.applyMine(row);
		const edge = page.conversations.at(-1) ?? this.#loaded.get(keyOf(filter))?.edge ?? null;
		this.#loaded = new Map(this.#loaded).set(keyOf(filter), { edge, hasMore: page.has_more });
		this.#cursor ??= page.cursor;
	}

	async #catchUp(): Promise<void> {
		if (this.#cursor === null) return this.load();
		try {
			const changes = await this.#api.changesSince(this.#cursor);
			this.#retry.succeeded();
			if (changes.reset) {
				await this.#reload();
				return;
			}
			if (changes.conversations.length > 0) this.#counts.soon();
			for (const row of changes.conversations) {
				if (row.organization_id === this.#organization) this.applyMine(row);
			}
			for (const id of changes.removed) this.#remove(id);
			this.#cursor = changes.cursor;
		} catch (error) {
			this.#retry.later(() => this.catchUp());
			if (!temporary(error)) this.failure = codeOf(error);
		}
	}

	#remove(id: string): void {
		this.#counts.soon();
		this.#rows.remove(id);
		this.#watchers.get(id)?.();
	}

	/** The database does not know our cursor, so nothing known can be trusted to be current. */
	async #reload(): Promise<void> {
		const filter = this.filter;
		const page = await this.#api.listInbox(filter, null);
		this.#rows.clear();
		this.#loaded = new Map();
		this.#cursor = null;
		this.#take(filter, page);
	}
}
