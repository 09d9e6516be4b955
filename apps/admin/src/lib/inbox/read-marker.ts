import type { InboxApi } from './api.ts';
import { temporary } from './failure.ts';
import type { Inbox } from './inbox.svelte.ts';
import { Retry } from './retry.ts';

const delayMs = 150;

/** Tells how far the operator has read in one conversation, a moment after they look. It only advances. */
export class ReadMarker {
	readonly #api: Pick<InboxApi, 'markRead'>;
	readonly #inbox: Inbox;
	readonly #me: string;
	readonly #conversationId: string;
	readonly #retry = new Retry();
	#timer: ReturnType<typeof setTimeout> | undefined;
	#seen = 0;
	/** Told, and not answered yet. */
	#told = 0;
	#stopped = false;

	constructor(api: Pick<InboxApi, 'markRead'>, inbox: Inbox, me: string, conversationId: string) {
		this.#api = api;
		this.#inbox = inbox;
		this.#me = me;
		this.#conversationId = conversationId;
	}

	saw(seq: number): void {
		const row = this.#inbox.row(this.#conversationId);
		if (!row || seq <= Math.max(row.my_last_read_seq, this.#told)) return;
		this.#seen = Math.max(this.#seen, seq);
		this.#stopped = false;
		// Not put off by what comes meanwhile: in a lively conversation it would never be told.
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			void this.#mark();
		}, delayMs);
	}

	stop(): void {
		this.#stopped = true;
		this.#retry.stop();
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	async #mark(): Promise<void> {
		this.#told = this.#seen;
		try {
			this.#apply(await this.#api.markRead(this.#conversationId, this.#told));
			this.#retry.succeeded();
		} catch (error) {
			this.#told = 0;
			// In a conversation that rests, nothing else would mark it; a refusal would be a bug.
			if (!temporary(error)) throw error;
			if (!this.#stopped) this.#retry.later(() => this.#mark());
		}
	}

	/** At the end everything is read; further up, the event brings the count. */
	#apply(position: number): void {
		const row = this.#inbox.row(this.#conversationId);
		if (!row) return;
		const atEnd = position >= row.last_seq;
		this.#inbox.applyRead({
			conversation_id: this.#conversationId,
			reader_kind: 'operator',
			reader_id: this.#me,
			last_read_seq: position,
			read_visitor_count: atEnd ? row.visitor_message_count : row.my_read_visitor_count
		});
	}
}
