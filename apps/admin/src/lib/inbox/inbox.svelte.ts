import { SvelteMap } from 'svelte/reactivity';
import type {
	InboxConversation,
	InboxCounts,
	InboxPage,
	MyInboxConversation,
	ReadAdvanced,
	VisitorConversation
} from '@chatiq/contracts/conversation';
import type { InboxApi } from './api.ts';
import type { Change } from './changes.ts';
import { coalesce } from './coalesce.ts';
import { codeOf, temporary, type FailureCode } from './failure.ts';
import { inList, keyOf, orderOf, type InboxFilter } from './list/filter.ts';
import { atLeastAsNew } from './recency.ts';
import { Retry } from './retry.ts';

interface Options {
	api: InboxApi;
	me: string;
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

const countDelayMs = 1000;

export const unreadCount = (row: MyInboxConversation): number =>
	Math.max(0, row.visitor_message_count - row.my_read_visitor_count);

/** The list of conversations: every row known, kept current by events and by the changes feed. */
export class Inbox {
	filter: InboxFilter = $state.raw({ view: 'open', site_id: null, label_id: null });
	/** How much each view of the chosen site holds; null until the database has told. */
	counts = $state.raw<InboxCounts | null>(null);
	loading = $state<'first' | 'more' | null>(null);
	failure = $state<FailureCode | null>(null);

	/** The feed of changes has no gap: it runs on from the first page's snapshot, whatever else is loaded. */
	readonly catchUp = coalesce(() => this.#catchUp());
	readonly #recount = coalesce(() => this.#count());

	readonly #api: InboxApi;
	readonly #me: string;
	#siteIds: readonly string[];
	/** By site, while connected. */
	readonly #links = new Map<string, () => void>();
	#connected = false;
	readonly #rows = new SvelteMap<string, MyInboxConversation>();
	readonly #loaded = new SvelteMap<string, Loaded>();
	/** Rows whose counters of mine are guessed until the feed brings them. */
	readonly #guessed = new Set<string>();
	#cursor: string | null = null;
	readonly #retry = new Retry();
	#countTimer: ReturnType<typeof setTimeout> | undefined;
	readonly #watchers = new Map<string, () => void>();

	readonly conversations = $derived(this.#list());
	readonly page = $derived(this.#loaded.get(keyOf(this.filter)) ?? null);
	/** Open conversations with something unread, as far as they are loaded. */
	readonly unreadTotal = $derived(
		[...this.#rows.values()].filter((row) => row.status === 'open' && unreadCount(row) > 0).length
	);

	constructor({ api, me, siteIds, filter, firstPage = null }: Options) {
		this.#api = api;
		this.#me = me;
		this.#siteIds = siteIds;
		if (filter) this.filter = filter;
		if (firstPage) this.#take(this.filter, firstPage);
	}

	row(id: string): MyInboxConversation | null {
		return this.#rows.get(id) ?? null;
	}

	/** Starts live updates; call the result to stop. */
	connect(): () => void {
		this.#connected = true;
		this.#listen();
		void this.load();
		void this.#recount();
		return () => {
			this.#connected = false;
			this.#retry.stop();
			clearTimeout(this.#countTimer);
			this.#listen();
		};
	}

	/** The operator works on these sites from now on. */
	async follow(siteIds: readonly string[]): Promise<void> {
		if (siteIds.toSorted().join() === this.#siteIds.toSorted().join()) return;
		this.#siteIds = siteIds;
		this.#listen();
		for (const { id, site_id } of this.#rows.values()) {
			if (!siteIds.includes(site_id)) this.#remove(id);
		}
		await this.#reload();
		void this.#recount();
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
		if (keyOf(filter) !== keyOf(this.filter)) this.filter = filter;
		if (moved) void this.#recount();
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
	}

	/** A row from an event or from a call of ours: it is the same for all operators, so my counters stay. */
	apply(row: InboxConversation): void {
		this.#countSoon();
		const known = this.#rows.get(row.id);
		if (known) {
			const newest = atLeastAsNew(row, known) ? row : known;
			this.#rows.set(row.id, { ...newest, ...furthestReads(row, known), ...mine(known) });
			return;
		}
		const writtenByVisitor = row.last_author_kind === 'visitor' ? 1 : 0;
		this.#guessed.add(row.id);
		this.#rows.set(row.id, {
			...row,
			my_last_read_seq: row.last_seq - writtenByVisitor,
			my_read_visitor_count: row.visitor_message_count - writtenByVisitor
		});
		void this.catchUp();
	}

	/** A row as the database answers it to me, my counters included. */
	applyMine(row: MyInboxConversation): void {
		const known = this.#rows.get(row.id);
		const guessed = this.#guessed.delete(row.id);
		if (!known) {
			this.#rows.set(row.id, row);
			return;
		}
		const newest = atLeastAsNew(row, known) ? row : known;
		const counters = guessed ? mine(row) : furthestMine(row, known);
		this.#rows.set(row.id, { ...newest, ...furthestReads(row, known), ...counters });
	}

	applyRead(read: ReadAdvanced): void {
		const known = this.#rows.get(read.conversation_id);
		if (!known) return;
		const row = { ...known };
		if (read.reader_kind === 'visitor') {
			row.visitor_read_seq = Math.max(row.visitor_read_seq, read.last_read_seq);
		} else {
			row.team_read_seq = Math.max(row.team_read_seq, read.last_read_seq);
		}
		if (read.reader_id === this.#me) {
			row.my_last_read_seq = Math.max(row.my_last_read_seq, read.last_read_seq);
			row.my_read_visitor_count = Math.max(row.my_read_visitor_count, read.read_visitor_count);
		}
		this.#rows.set(row.id, row);
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

	/** The conversation above (-1) or below (1) in the list; the nearest end when `id` is not in it. */
	neighbour(id: string | null, step: 1 | -1): string | null {
		const list = this.conversations;
		const index = list.findIndex((row) => row.id === id);
		if (index === -1) return (step === 1 ? list[0] : list.at(-1))?.id ?? null;
		return list[index + step]?.id ?? null;
	}

	#list(): readonly MyInboxConversation[] {
		const loaded = this.#loaded.get(keyOf(this.filter));
		if (!loaded) return [];
		const { filter } = this;
		const order = orderOf(filter.view);
		const { edge } = loaded.hasMore ? loaded : { edge: null };
		return [...this.#rows.values()]
			.filter((row) => inList(row, filter, this.#me))
			.filter((row) => edge === null || order(row, edge) <= 0)
			.sort(order);
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
		this.#loaded.set(keyOf(filter), { edge, hasMore: page.has_more });
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
			if (changes.conversations.length > 0) this.#countSoon();
			for (const row of changes.conversations) this.applyMine(row);
			for (const id of changes.removed) this.#remove(id);
			this.#cursor = changes.cursor;
		} catch (error) {
			this.#retry.later(() => this.catchUp());
			if (!temporary(error)) this.failure = codeOf(error);
		}
	}

	/** Counts are a help, not a promise: they follow a moment after the last change. */
	#countSoon(): void {
		this.#countTimer ??= setTimeout(() => {
			this.#countTimer = undefined;
			void this.#recount();
		}, countDelayMs);
	}

	async #count(): Promise<void> {
		const { site_id } = this.filter;
		try {
			const counts = await this.#api.countInbox(site_id);
			if (site_id === this.filter.site_id) this.counts = counts;
		} catch {
			// The list itself tells of a failure; with the next change they are asked for again.
		}
	}

	#remove(id: string): void {
		this.#countSoon();
		this.#rows.delete(id);
		this.#guessed.delete(id);
		this.#watchers.get(id)?.();
	}

	/** The database does not know our cursor, so nothing known can be trusted to be current. */
	async #reload(): Promise<void> {
		const filter = this.filter;
		const page = await this.#api.listInbox(filter, null);
		this.#rows.clear();
		this.#loaded.clear();
		this.#cursor = null;
		this.#take(filter, page);
	}
}

const mine = ({ my_last_read_seq, my_read_visitor_count }: MyInboxConversation) => ({
	my_last_read_seq,
	my_read_visitor_count
});

const furthestReads = (a: VisitorConversation, b: VisitorConversation) => ({
	visitor_read_seq: Math.max(a.visitor_read_seq, b.visitor_read_seq),
	team_read_seq: Math.max(a.team_read_seq, b.team_read_seq)
});

const furthestMine = (a: MyInboxConversation, b: MyInboxConversation) => ({
	my_last_read_seq: Math.max(a.my_last_read_seq, b.my_last_read_seq),
	my_read_visitor_count: Math.max(a.my_read_visitor_count, b.my_read_visitor_count)
});
