import { uuidv7 } from '@chatiq/contracts/ids';
import { backoffMs } from './backoff.ts';
import { exclusively } from './lock.ts';
import {
	added,
	changed,
	movedTo,
	renewed,
	startedAnew,
	waits,
	without,
	type NewText,
	type OutboxItem,
	type OutboxItems
} from './outbox-items.ts';
import type { OutboxStore } from './outbox-store.ts';
import { RequestFailed } from './request.ts';

/** Keeps texts between the key press and the store's word that it has them, without waiting. */
export interface Journal {
	read: () => readonly NewText[];
	write: (texts: readonly NewText[]) => void;
}

/** What is settled about a text already, if anything. */
type Meant = Partial<Pick<NewText, 'message_id' | 'attachments' | 'reply_to_seq' | 'place'>>;

interface OutboxOptions {
	/** Names the lock that lets one tab send at a time. */
	name: string;
	store: OutboxStore;
	journal: Journal;
	/** Sends one text; resolves when the server has stored it and the answer is shown. */
	deliver: (item: OutboxItem) => Promise<void>;
	onchange: () => void;
}

type Progress = 'sent' | 'empty' | 'later';

/**
 * Texts on their way: each is stored before the network sees it and leaves when the server has it.
 * One at a time and in order; the next waits until the former is stored or refused for good.
 */
export class Outbox {
	items: OutboxItems = [];
	/** When a rate-limited send goes on, in `performance.now()` time. */
	pausedUntil: number | null = null;
	/** Sends in a row that found no answer. */
	failures = 0;

	readonly #options: OutboxOptions;
	#unsaved: readonly NewText[] = [];
	#running = false;
	#again = false;
	#destroyed = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: OutboxOptions) {
		this.#options = options;
	}

	/** Reads what this or another tab, or an earlier page, has left to send. */
	async load(): Promise<void> {
		const { journal } = this.#options;
		const texts = journal.read();
		// Sending one that had been stored after all does no harm: the server knows its id.
		await this.#change((items) => texts.reduce((all, text) => added(all, text, null), items));
		journal.write(this.#unsaved);
	}

	/** Resolves when the text is safe; sending goes on by itself. */
	async add(body: string, conversationId: string | null, meant: Meant = {}): Promise<void> {
		const text = { message_id: uuidv7(), body, created_at: new Date().toISOString(), ...meant };
		this.#setUnsaved([...this.#unsaved, text]);
		this.#show(added(this.items, text, conversationId));
		await this.#change((items) => added(items, text, conversationId));
		this.#setUnsaved(this.#unsaved.filter((other) => other !== text));
		this.poke();
	}

	async retry(messageId: string): Promise<void> {
		await this.#change((items) => changed(items, messageId, { refused: null }));
		this.poke();
	}

	async remove(messageId: string): Promise<void> {
		await this.#change((items) => without(items, messageId));
	}

	async clear(): Promise<void> {
		this.#setUnsaved([]);
		await this.#change(() => []);
	}

	async moveTo(conversationId: string): Promise<void> {
		await this.#change((items) => {
			const strays = items.some((item) => !item.chosen && item.conversation_id !== conversationId);
			return strays ? movedTo(items, conversationId) : items;
		});
	}

	/** The conversation, or all of them, are out of reach: the texts go out in a new one. */
	async startAnew(from?: string): Promise<void> {
		await this.#change((items) => (items.length > 0 ? startedAnew(items, from) : items));
	}

	/** Sends now what waits, instead of at the next try; a rate limit is respected. */
	poke(): void {
		if (this.pausedUntil !== null && performance.now() < this.pausedUntil) return;
		clearTimeout(this.#timer);
		this.#again = true;
		if (!this.#running) void this.#run();
	}

	destroy(): void {
		this.#destroyed = true;
		clearTimeout(this.#timer);
		this.#options.store.close();
	}

	async #run(): Promise<void> {
		this.#running = true;
		let progress: Progress = 'empty';
		while (this.#again && !this.#destroyed) {
			this.#again = false;
			progress = await exclusively(this.#options.name, () => this.#sendFirst());
			if (progress === 'sent') this.#again = true;
			else if (this.pausedUntil !== null) this.#again = false;
		}
		this.#running = false;
		if (progress === 'later') this.#tryLater();
	}

	/** Reads the store anew each time: tabs share it, and the lock is free between two texts. */
	async #sendFirst(): Promise<Progress> {
		const items = await this.#change((stored) => stored);
		const item = items.find(waits);
		if (!item || this.#destroyed) return 'empty';
		try {
			await this.#options.deliver(item);
		} catch (error) {
			return this.#failed(item, error);
		}
		this.failures = 0;
		this.pausedUntil = null;
		await this.remove(item.message_id);
		return 'sent';
	}

	async #failed(item: OutboxItem, error: unknown): Promise<Progress> {
		if (!(error instanceof RequestFailed)) console.error('[ChatIQ]', error);
		const {
			code = null,
			temporary = false,
			retryAfterMs = null
		} = error instanceof RequestFailed ? error : {};
		if (temporary) {
			this.failures++;
			const pause = code === 'rate_limited' ? (retryAfterMs ?? 5000) : retryAfterMs;
			this.pausedUntil = pause === null ? null : performance.now() + pause;
			this.#options.onchange();
			return 'later';
		}
		if (code === 'conversation_not_found') await this.startAnew(item.conversation_id);
		// The id is taken in a conversation we cannot see (a session was lost in mid-send): send it as a new text.
		else if (code === 'id_conflict') await this.#change((items) => renewed(items, item.message_id));
		else
			await this.#change((items) =>
				changed(items, item.message_id, { refused: code ?? 'unknown' })
			);
		return 'sent';
	}

	#tryLater(): void {
		const pause = this.pausedUntil === null ? 0 : this.pausedUntil - performance.now();
		const delay = Math.max(0, pause) + backoffMs(this.failures);
		this.#timer = setTimeout(() => {
			this.pausedUntil = null;
			this.poke();
		}, delay);
	}

	async #change(edit: (items: OutboxItems) => OutboxItems): Promise<OutboxItems> {
		const items = await this.#options.store.change(edit);
		this.#show(this.#unsaved.reduce((all, text) => added(all, text, null), items));
		return items;
	}

	#show(items: OutboxItems): void {
		this.items = items;
		if (!this.#destroyed) this.#options.onchange();
	}

	#setUnsaved(texts: readonly NewText[]): void {
		this.#unsaved = texts;
		this.#options.journal.write(texts);
	}
}
