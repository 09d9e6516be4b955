import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import type { FileMessage } from './composer/files.svelte.ts';
import type { OutboxItem } from './outbox-store.ts';
import type { Draft, Outbox } from './outbox.svelte.ts';

/** What a message is besides its text: a note, with names in it, or an answer with buttons. */
export type Manner = Pick<Draft, 'visibility' | 'quick_replies' | 'mention_ids'>;

interface Options {
	conversationId: string;
	me: string;
	outbox: Outbox;
	/** The end of the conversation, as far as it is loaded. */
	window: () => { messages: readonly Message[]; lastSeq: number; has: (id: string) => boolean };
	/** Up to where the operator has had the messages in view. */
	seen: () => number;
	/** Something is on its way: whoever sends looks at the end. */
	onsend: () => void;
}

const typingEveryMs = 2500;

/** What the operator says in one conversation: what is being written, what is on its way, what waits for a decision. */
export class Answering {
	/** The message that the next answer is about. */
	replyTo = $state.raw<Message | null>(null);
	/** The own message that is being written anew. */
	editing = $state.raw<Message | null>(null);

	readonly #options: Options;
	#typedAt = -Infinity;

	constructor(options: Options) {
		this.#options = options;
	}

	send(body: string, manner: Manner): Promise<void> {
		return this.#options.outbox.send(this.#taken(body, manner));
	}

	/** Takes what is being written as an answer now, for a message that still waits for its files. */
	answer(body: string, manner: Manner): FileMessage {
		return { message_id: uuidv7(), ...this.#taken(body, manner) };
	}

	sendAnyway(item: OutboxItem): Promise<void> {
		return this.#options.outbox.retry(item, this.#options.window().lastSeq);
	}

	/** Whether it is time to tell the others that the operator is writing. */
	typed(now: number): boolean {
		if (now - this.#typedAt < typingEveryMs) return false;
		this.#typedAt = now;
		return true;
	}

	// Getters, not `$derived`: an answer may still arrive when the view that made this object is gone.
	get pending(): readonly OutboxItem[] {
		const { outbox, conversationId, window } = this.#options;
		return outbox.of(conversationId).filter((item) => !window().has(item.id));
	}

	/** The message that waits for the operator's decision, because somebody wrote meanwhile. */
	get held(): OutboxItem | null {
		return this.pending.find((item) => item.state === 'held') ?? null;
	}

	get missed(): readonly Message[] {
		const { window, me } = this.#options;
		const seen = this.held?.seen_seq ?? Infinity;
		return window().messages.filter(({ seq, author_id }) => seq > seen && author_id !== me);
	}

	/** The answer as it is meant at this moment. */
	#taken(body: string, manner: Manner) {
		const { conversationId, seen, onsend } = this.#options;
		this.#typedAt = -Infinity;
		onsend();
		const reply = this.replyTo === null ? {} : { reply_to_seq: this.replyTo.seq };
		this.replyTo = null;
		return { conversation_id: conversationId, body, seen_seq: seen(), ...reply, ...manner };
	}
}
