import type { Enums } from '@chatiq/contracts/database';
import { AppError } from '@chatiq/contracts/errors';
import { uuidv7 } from '@chatiq/contracts/ids';
import {
	type Attachment,
	cleanBody,
	type Message,
	type QuickReply
} from '@chatiq/contracts/message';
import type { InboxApi } from './api.ts';
import { temporary } from './failure.ts';
import type { OutboxItem, OutboxStore } from './outbox-store.ts';
import { retryDelay } from './retry-delay.ts';

export interface Draft {
	conversation_id: string;
	body: string;
	seen_seq: number;
	visibility?: Enums<'message_visibility'>;
	reply_to_seq?: number;
	quick_replies?: QuickReply[];
	/** Colleagues that a note names. */
	mention_ids?: string[];
	/** With files the message had its id before they were there. */
	id?: string;
	attachments?: readonly Attachment[];
}

/** An answer that waits for its files. */
export type FileMessage = Omit<Draft, 'id' | 'attachments'> & { message_id: string };

/** Sends what the operator writes: stored before it is sent, in order per conversation, until it is stored over there. */
export class Outbox {
	items = $state.raw<readonly OutboxItem[]>([]);
	/** Conversations whose next message waits for a better connection. */
	waiting = $state.raw<ReadonlySet<string>>(new Set());

	readonly #api: Pick<InboxApi, 'send'>;
	readonly #store: OutboxStore;
	readonly #operatorId: string;
	readonly #running = new Set<string>();
	/** Conversations for which there was something to send while they were being sent. */
	readonly #again = new Set<string>();
	readonly #tries = new Map<string, number>();
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
	readonly #catchUps = new Map<string, () => Promise<void>>();
	readonly #delivered = new Set<(message: Message) => void>();

	constructor(api: Pick<InboxApi, 'send'>, store: OutboxStore, operatorId: string) {
		this.#api = api;
		this.#store = store;
		this.#operatorId = operatorId;
	}

	/** What would be lost if the page closed now. */
	get atRisk(): boolean {
		return !this.#store.durable && this.items.length > 0;
	}

	of(conversationId: string): readonly OutboxItem[] {
		return this.items.filter((item) => item.conversation_id === conversationId);
	}

	/** Takes over what a closed or reloaded tab has left, and goes on sending it. */
	async restore(): Promise<void> {
		try {
			await this.#store.adopt((left) => this.#take(left));
		} catch (error) {
			// The browser closes its storage under a page that is left; the next page asks again.
			console.warn('what is unsent could not be looked up', error);
		}
	}

	#take(left: readonly OutboxItem[]): void {
		const known = new Set(this.items.map((item) => item.id));
		this.items = [...left.filter((item) => !known.has(item.id)), ...this.items];
		// These come from before a reconnect: each conversation catches up before it sends.
		for (const item of left) this.#tries.set(item.id, 1);
		this.wake();
	}

	async send(draft: Draft): Promise<void> {
		const { conversation_id, body, seen_seq, visibility = 'public', ...rest } = draft;
		const { id = uuidv7(), attachments = [], ...more } = rest;
		if (this.items.some((item) => item.id === id)) return;
		const item: OutboxItem = {
			id,
			operator_id: this.#operatorId,
			conversation_id,
			body: cleanBody(body),
			...(attachments.length > 0 && { attachments }),
			visibility,
			...more,
			seen_seq,
			created_at: new Date().toISOString(),
			state: 'queued',
			reason: null
		};
		this.items = [...this.items, item];
		await this.#keep(item);
		await this.#flush(conversation_id);
	}

	/** Tries everything that waits, at once: the connection or the session is back. */
	wake(): void {
		for (const id of new Set(this.items.map((item) => item.conversation_id))) {
			clearTimeout(this.#timers.get(id));
			void this.#flush(id);
		}
	}

	/** Runs before a message is sent again: the operator sees what was missed before anything is added to it. */
	beforeRetry(conversationId: string, catchUp: () => Promise<void>): () => void {
		this.#catchUps.set(conversationId, catchUp);
		return () => {
			if (this.#catchUps.get(conversationId) === catchUp) this.#catchUps.delete(conversationId);
		};
	}

	onDelivered(listener: (message: Message) => void): () => void {
		this.#delivered.add(listener);
		return () => this.#delivered.delete(listener);
	}

	/** The message was seen stored, be it by an event or a catch-up. */
	settle(id: string): void {
		const item = this.items.find((one) => one.id === id);
		if (item) void this.discard(item);
	}

	/** Sends a held or failed message after all; `seen_seq` is what the operator has seen by now. */
	async retry(item: OutboxItem, seen_seq: number): Promise<void> {
		const released: OutboxItem = { ...item, state: 'queued', reason: null, seen_seq };
		await this.#replace(released);
		// What was written after it has been seen in the same light: do not ask again for each.
		for (const later of this.of(item.conversation_id)) {
			if (later.seen_seq < seen_seq) await this.#replace({ ...later, seen_seq });
		}
		await this.#flush(item.conversation_id);
	}

	async discard(item: OutboxItem): Promise<void> {
		this.items = this.items.filter((one) => one.id !== item.id);
		this.#tries.delete(item.id);
		await this.#store.remove(item.id);
		void this.#flush(item.conversation_id);
	}

	async #flush(conversationId: string): Promise<void> {
		if (this.#running.has(conversationId)) {
			this.#again.add(conversationId);
			return;
		}
		this.#running.add(conversationId);
		clearTimeout(this.#timers.get(conversationId));
		try {
			for (;;) {
				const next = this.of(conversationId).at(0);
				if (next?.state !== 'queued') break;
				this.#again.delete(conversationId);
				if (!(await this.#attempt(next))) break;
			}
		} finally {
			this.#running.delete(conversationId);
		}
		if (this.#again.delete(conversationId)) await this.#flush(conversationId);
	}

	async #attempt(item: OutboxItem): Promise<boolean> {
		const tries = this.#tries.get(item.id) ?? 0;
		try {
			if (tries > 0) await this.#catchUps.get(item.conversation_id)?.();
			if (!this.items.includes(item)) return true;
			const message = await this.#api.send({
				message_id: item.id,
				conversation_id: item.conversation_id,
				body: item.body,
				seen_seq: item.seen_seq,
				visibility: item.visibility,
				...(item.reply_to_seq !== undefined && { reply_to_seq: item.reply_to_seq }),
				...(item.quick_replies && { quick_replies: item.quick_replies }),
				...(item.mention_ids && { mention_ids: item.mention_ids }),
				...(item.attachments && { attachment_ids: item.attachments.map(({ id }) => id) })
			});
			for (const listener of this.#delivered) listener(message);
			await this.discard(item);
			this.#setWaiting(item.conversation_id, false);
			return true;
		} catch (error) {
			if (!this.items.includes(item)) return true;
			if (temporary(error)) this.#retryLater(item, tries + 1, error);
			else await this.#stop(item, error);
			return false;
		}
	}

	#retryLater(item: OutboxItem, tries: number, error: unknown): void {
		this.#tries.set(item.id, tries);
		this.#setWaiting(item.conversation_id, true);
		const asked = error instanceof AppError ? (error.retryAfter ?? 0) * 1000 : 0;
		const delay = Math.max(asked, retryDelay(tries));
		this.#timers.set(
			item.conversation_id,
			setTimeout(() => void this.#flush(item.conversation_id), delay)
		);
	}

	async #stop(item: OutboxItem, error: unknown): Promise<void> {
		this.#setWaiting(item.conversation_id, false);
		const reason = error instanceof AppError ? error.code : 'internal';
		const stale = reason === 'stale_reply';
		await this.#replace({ ...item, state: stale ? 'held' : 'failed', reason });
		if (stale) await this.#showMissed(item.conversation_id);
	}

	async #showMissed(conversationId: string): Promise<void> {
		try {
			await this.#catchUps.get(conversationId)?.();
		} catch (error) {
			// The conversation tries again by itself, and the message waits for the operator anyway.
			if (!temporary(error)) throw error;
		}
	}

	async #replace(item: OutboxItem): Promise<void> {
		this.items = this.items.map((one) => (one.id === item.id ? item : one));
		await this.#keep(item);
	}

	/** A full disk must not stop a message: it stays in memory and is sent all the same. */
	async #keep(item: OutboxItem): Promise<void> {
		try {
			await this.#store.put(item);
		} catch (error) {
			console.warn('the outbox could not be stored', error);
		}
	}

	#setWaiting(conversationId: string, waits: boolean): void {
		if (this.waiting.has(conversationId) === waits) return;
		const waiting = new Set(this.waiting);
		if (waits) waiting.add(conversationId);
		else waiting.delete(conversationId);
		this.waiting = waiting;
	}
}
