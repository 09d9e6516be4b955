import type {
	InboxConversation,
	MyInboxConversation,
	ReadAdvanced,
	VisitorConversation
} from '@chatiq/contracts/conversation';
import { atLeastAsNew } from './recency.ts';

export const unreadCount = (row: MyInboxConversation): number =>
	Math.max(0, row.visitor_message_count - row.my_read_visitor_count);

interface Known {
	rows: Map<string, MyInboxConversation>;
	/** Counted along: looking through ten thousand with every event would be most of its work. */
	unread: number;
	/** Which have changed since somebody asked; null when all have. */
	changes: Set<string> | null;
}

/** Every conversation known, whatever brought it: an older state never replaces a newer one. */
export class InboxRows {
	/** One signal for all rows: a signal of each, of ten thousand, would cost more than looking through them. */
	#known = $state.raw<Known>({ rows: new Map(), unread: 0, changes: null });
	/** Rows whose counters of mine are guessed until the feed brings them. */
	readonly #guessed = new Set<string>();

	/** Open ones with something unread. */
	readonly unreadTotal = $derived(this.#known.unread);

	get all(): readonly MyInboxConversation[] {
		return [...this.#known.rows.values()];
	}

	get(id: string): MyInboxConversation | null {
		return this.#known.rows.get(id) ?? null;
	}

	/** A row from an event or from a call of ours: it is the same for all operators, so my counters stay. */
	apply(row: InboxConversation): 'known' | 'guessed' {
		const known = this.#known.rows.get(row.id);
		if (known) {
			const newest = atLeastAsNew(row, known) ? row : known;
			this.#put({ ...newest, ...furthestReads(row, known), ...mine(known) });
			return 'known';
		}
		const writtenByVisitor = row.last_author_kind === 'visitor' ? 1 : 0;
		this.#guessed.add(row.id);
		this.#put({
			...row,
			my_last_read_seq: row.last_seq - writtenByVisitor,
			my_read_visitor_count: row.visitor_message_count - writtenByVisitor
		});
		return 'guessed';
	}

	/** A row as the database answers it to me, my counters included. */
	applyMine(row: MyInboxConversation): void {
		const known = this.#known.rows.get(row.id);
		const guessed = this.#guessed.delete(row.id);
		if (!known) {
			this.#put(row);
			return;
		}
		const newest = atLeastAsNew(row, known) ? row : known;
		const counters = guessed ? mine(row) : furthestMine(row, known);
		this.#put({ ...newest, ...furthestReads(row, known), ...counters });
	}

	applyRead(read: ReadAdvanced, me: string): void {
		const known = this.#known.rows.get(read.conversation_id);
		if (!known) return;
		const row = { ...known };
		if (read.reader_kind === 'visitor') {
			row.visitor_read_seq = Math.max(row.visitor_read_seq, read.last_read_seq);
		} else {
			row.team_read_seq = Math.max(row.team_read_seq, read.last_read_seq);
		}
		if (read.reader_id === me) {
			row.my_last_read_seq = Math.max(row.my_last_read_seq, read.last_read_seq);
			row.my_read_visitor_count = Math.max(row.my_read_visitor_count, read.read_visitor_count);
		}
		this.#put(row);
	}

	/** Ids of what has changed since the last call; null when everything may have. */
	takeChanges(): ReadonlySet<string> | null {
		const { changes } = this.#known;
		this.#known.changes = new Set();
		return changes;
	}

	remove(id: string): void {
		this.#guessed.delete(id);
		const known = this.#known.rows.get(id);
		if (!known) return;
		this.#known.rows.delete(id);
		this.#changed(id, -unread(known));
	}

	clear(): void {
		this.#known = { rows: new Map(), unread: 0, changes: null };
	}

	#changed(id: string, moreUnread: number): void {
		const { rows, unread, changes } = this.#known;
		changes?.add(id);
		this.#known = { rows, unread: unread + moreUnread, changes };
	}

	/** Where nothing that is seen has changed, nothing is drawn again: the feed repeats what events have told. */
	#put(row: MyInboxConversation): void {
		const known = this.#known.rows.get(row.id);
		if (known && same(known, row)) return;
		this.#known.rows.set(row.id, row);
		this.#changed(row.id, unread(row) - (known ? unread(known) : 0));
	}
}

const unread = (row: MyInboxConversation): number =>
	row.status === 'open' && unreadCount(row) > 0 ? 1 : 0;

function same(a: MyInboxConversation, b: MyInboxConversation): boolean {
	const keys = Object.keys(b) as (keyof MyInboxConversation)[];
	return keys.every((key) => a[key] === b[key] || equalLists(a[key], b[key]));
}

const equalLists = (a: unknown, b: unknown): boolean =>
	Array.isArray(a) &&
	Array.isArray(b) &&
	a.length === b.length &&
	a.every((one, at) => one === b[at]);

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
