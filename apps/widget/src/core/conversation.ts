import type { ReadAdvanced, VisitorConversation } from '@chatiq/contracts/conversation';
import type { Message, ReactionChanged } from '@chatiq/contracts/message';
import type { Call } from './api.ts';
import { backoffMs } from './backoff.ts';
import { merged } from './merge.ts';

const catchUpRows = 200;
export const pageRows = 30;
/** Above every `seq`, which is a Postgres integer. */
export const endOfConversation = 2_147_483_647;

interface ConversationOptions {
	row: VisitorConversation;
	messages?: readonly Message[];
	/** How much was unread at the row's `last_seq`, as the server counts: also what is not loaded. */
	unread?: number;
	call: Call;
	onchange: () => void;
	/** Messages of others that were not known before, each once and in their order. */
	onnews: (messages: Message[]) => void;
}

/**
 * What the server holds of one conversation. Events only hint; `messages_after` is the truth, and
 * `#position` is the `seq` up to which nothing is missing (private notes leave holes that stay), `#changes` the
 * same for edits, redactions and reactions.
 */
export class Conversation {
	row: VisitorConversation;
	messages: readonly Message[];
	loadingOlder = false;
	olderFailed = false;

	readonly #options: ConversationOptions;
	/** What is unread up to some `seq`; good until the visitor reads on. */
	readonly #unread: { count: number; readonly upto: number; readonly read: number };
	#position: number;
	#changes: number;
	#catchUp: Promise<void> | null = null;
	#catchUpAgain = false;
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	/** The read position that the server knows of. */
	#confirmedRead: number;
	#reading = false;
	#readFailures = 0;
	#readTimer: ReturnType<typeof setTimeout> | undefined;
	/** The newest `seq` that a check has led to; above `highestSeq` when private notes stand last. */
	#checkedSeq = 0;
	#destroyed = false;

	constructor(options: ConversationOptions) {
		this.#options = options;
		this.row = options.row;
		this.#confirmedRead = options.row.visitor_read_seq;
		this.messages = merged([], options.messages ?? []);
		this.#position = this.highestSeq;
		this.#changes = options.row.last_change_seq;
		const { visitor_read_seq: read, last_seq } = options.row;
		const upto = options.unread === undefined ? read : last_seq;
		this.#unread = { count: options.unread ?? 0, upto, read };
	}

	get id(): string {
		return this.row.id;
	}

	get highestSeq(): number {
		return this.messages.at(-1)?.seq ?? 0;
	}

	/** The first message is the visitor's own, so it is never a hole. */
	get hasOlder(): boolean {
		return (this.messages[0]?.seq ?? 1) > 1;
	}

	get unread(): number {
		const { visitor_read_seq } = this.row;
		const { count, upto, read } = this.#unread;
		const [before, from] = visitor_read_seq > read ? [0, visitor_read_seq] : [count, upto];
		return before + this.messages.filter((message) => message.seq > from && isNews(message)).length;
	}

	/** Takes a live event or the answer to an own send. */
	receive(message: Message): void {
		if (message.conversation_id !== this.id || message.visibility !== 'public') return;
		this.#merge([message]);
		if (message.seq === this.#position + 1) this.#advance(message.seq);
		this.#change(message.change_seq);
		if (this.highestSeq > this.#position) void this.catchUp();
	}

	receiveReaction({ message_id, change_seq, reactions }: ReactionChanged): void {
		const message = this.messages.find(({ id }) => id === message_id);
		if (message) this.#merge([{ ...message, change_seq, reactions }]);
		this.#change(change_seq);
	}

	receiveRow(row: VisitorConversation): void {
		if (row.id !== this.id) return;
		const { visitor_read_seq, team_read_seq, last_seq, last_change_seq } = this.row;
		this.row = {
			...row,
			last_seq: Math.max(row.last_seq, last_seq),
			last_change_seq: Math.max(row.last_change_seq, last_change_seq),
			visitor_read_seq: Math.max(row.visitor_read_seq, visitor_read_seq),
			team_read_seq: Math.max(row.team_read_seq, team_read_seq)
		};
		this.#options.onchange();
	}

	receiveRead({ conversation_id, reader_kind, last_read_seq }: ReadAdvanced): void {
		if (conversation_id !== this.id) return;
		if (reader_kind === 'visitor')
			this.#confirmedRead = Math.max(this.#confirmedRead, last_read_seq);
		const field = reader_kind === 'visitor' ? 'visitor_read_seq' : 'team_read_seq';
		this.receiveRow({ ...this.row, [field]: last_read_seq });
	}

	/** Fetches what came after the position; calls during a fetch lead to one more. */
	catchUp(): Promise<void> {
		this.#catchUpAgain = true;
		this.#catchUp ??= this.#catchUpLoop().finally(() => {
			this.#catchUp = null;
		});
		return this.#catchUp;
	}

	/** One small request: Realtime drops events in a rush, and after the last one nothing shows a gap. */
	async check(): Promise<void> {
		try {
			await this.#fetchRow();
		} catch {
			return; // The next heartbeat asks again.
		}
		const { last_seq } = this.row;
		if (last_seq <= Math.max(this.highestSeq, this.#checkedSeq)) return;
		this.#checkedSeq = last_seq;
		await this.catchUp();
	}

	async loadOlder(): Promise<void> {
		const first = this.messages[0];
		if (!first || !this.hasOlder || this.loadingOlder) return;
		this.#setOlder(true, false);
		try {
			const rows = await this.#options.call('messages_before', {
				conversation_id: this.id,
				before_seq: first.seq,
				max_rows: pageRows
			});
			this.messages = merged(this.messages, rows);
			this.#setOlder(false, false);
		} catch {
			this.#setOlder(false, true);
		}
	}

	/** The visitor has everything before their eyes. The position only advances, here and on the server. */
	markRead(): void {
		const seq = this.highestSeq;
		if (seq <= this.row.visitor_read_seq) return;
		this.receiveRow({ ...this.row, visitor_read_seq: seq });
		void this.#sendRead();
	}

	destroy(): void {
		this.#destroyed = true;
		clearTimeout(this.#timer);
		clearTimeout(this.#readTimer);
	}

	async #catchUpLoop(): Promise<void> {
		clearTimeout(this.#timer);
		while (this.#catchUpAgain && !this.#destroyed) {
			this.#catchUpAgain = false;
			try {
				const complete = await this.#fetchAfter();
				if (!complete) this.#catchUpAgain = true;
				else {
					await this.#fetchRow();
					await this.#fetchChanges();
				}
			} catch {
				this.#later();
				return;
			}
		}
		// An event told of a message that the fetch did not bring: it was committed after the fetch began.
		if (this.highestSeq > this.#position) {
			this.#later();
			return;
		}
		this.#failures = 0;
		void this.#sendRead();
	}

	async #fetchAfter(): Promise<boolean> {
		const rows = await this.#options.call('messages_after', {
			conversation_id: this.id,
			after_seq: this.#position,
			max_rows: catchUpRows
		});
		this.#merge(rows);
		this.#advance(rows.at(-1)?.seq ?? 0);
		return rows.length < catchUpRows;
	}

	/** Messages carry no read positions, and the event that told of one may have been missed. */
	async #fetchRow(): Promise<void> {
		const row = await this.#options.call('get_conversation', { conversation_id: this.id });
		if (row) this.receiveRow(row);
	}

	/** Changes of messages that are not loaded come with their page. */
	async #fetchChanges(): Promise<void> {
		while (this.row.last_change_seq > this.#changes) {
			const rows = await this.#options.call('message_changes_after', {
				conversation_id: this.id,
				after_change_seq: this.#changes,
				max_rows: catchUpRows
			});
			const first = this.messages[0]?.seq ?? Infinity;
			this.#merge(rows.filter(({ seq }) => seq >= first));
			// Changes of private notes are counted, but not shown.
			const seen = rows.at(-1)?.change_seq ?? 0;
			this.#changes = rows.length < catchUpRows ? Math.max(seen, this.row.last_change_seq) : seen;
		}
	}

	/** Takes note of a change that an event has brought; one before it may have been missed. */
	#change(place: number): void {
		if (place === this.#changes + 1) this.#changes = place;
		else if (place > this.#changes) void this.catchUp();
	}

	#later(): void {
		clearTimeout(this.#timer);
		if (this.#destroyed) return;
		this.#timer = setTimeout(() => void this.catchUp(), 100 + backoffMs(this.#failures++));
	}

	#merge(rows: readonly Message[]): void {
		const known = new Map(this.messages.map((message) => [message.id, message]));
		this.messages = merged(this.messages, rows);
		const { upto, read } = this.#unread;
		this.#unread.count -= this.messages.filter((message) => {
			const before = known.get(message.id);
			return (
				before && isNews(before) && !isNews(message) && before.seq > read && before.seq <= upto
			);
		}).length;
		this.#options.onchange();
	}

	/** Nothing is missing up to here. News are told in their order, so what came early has waited for this. */
	#advance(position: number): void {
		const before = this.#position;
		this.#position = Math.max(before, position);
		const news = this.messages.filter(
			({ seq, author_kind }) => seq > before && seq <= this.#position && author_kind !== 'visitor'
		);
		if (news.length > 0) this.#options.onnews(news);
	}

	async #sendRead(): Promise<void> {
		if (this.#reading) return;
		this.#reading = true;
		clearTimeout(this.#readTimer);
		try {
			while (this.#confirmedRead < this.row.visitor_read_seq && !this.#destroyed) {
				const seq = this.row.visitor_read_seq;
				await this.#options.call('mark_read', { conversation_id: this.id, seq });
				this.#confirmedRead = Math.max(this.#confirmedRead, seq);
				this.#readFailures = 0;
			}
		} catch {
			// In a conversation that rests, nothing else would come by and tell it.
			this.#readLater();
		}
		this.#reading = false;
	}

	#readLater(): void {
		if (this.#destroyed) return;
		const delay = 1000 + backoffMs(this.#readFailures++);
		this.#readTimer = setTimeout(() => void this.#sendRead(), delay);
	}

	#setOlder(loading: boolean, failed: boolean): void {
		this.loadingOlder = loading;
		this.olderFailed = failed;
		this.#options.onchange();
	}
}

/** What counts as unread, here and in SQL: what the team said, and has not taken back. */
function isNews({ author_kind, redacted_at }: Message): boolean {
	return (author_kind === 'operator' || author_kind === 'bot') && redacted_at === null;
}
