import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import type { Rating } from '@chatiq/contracts/realtime';
import {
	endOfConversation,
	pageSize,
	type ConversationLink,
	type InboxApi,
	type Visitor
} from './api.ts';
import { coalesce } from './coalesce.ts';
import { codeOf, temporary, Unreachable, type FailureCode } from './failure.ts';
import type { FileMessage } from './composer/files.svelte.ts';
import { History } from './history.svelte.ts';
import { unreadCount, type Inbox } from './inbox.svelte.ts';
import { MessageChanges } from './message-changes.ts';
import type { MessageWindow } from './message-window.svelte.ts';
import type { OutboxItem } from './outbox-store.ts';
import type { Draft, Outbox } from './outbox.svelte.ts';
import { ReadMarker } from './read-marker.ts';
import { Retry } from './retry.ts';
import { TypingList } from './typing.svelte.ts';

export interface ConversationOptions {
	id: string;
	me: string;
	/** Ids of the colleagues: only they may show up as writing. */
	colleagues: ReadonlySet<string>;
	api: InboxApi;
	inbox: Inbox;
	outbox: Outbox;
	/** What an earlier visit has loaded: shown at once, then brought up to date. */
	remembered?: readonly Message[];
}

/** What a message is besides its text: a note, with names in it, or an answer with buttons. */
export type Manner = Pick<Draft, 'visibility' | 'quick_replies' | 'mention_ids'>;

const typingEveryMs = 2500;

/** One open conversation: a gap-free stretch of messages up to the end, and everything said about it live. */
export class Conversation {
	phase = $state<'loading' | 'ready' | 'missing'>('loading');
	failure = $state<FailureCode | null>(null);
	visitor = $state.raw<Visitor | null>(null);
	rating = $state.raw<Rating | null>(null);
	/** Counts what was told of the pages that the visitor has open. */
	pageNews = $state(0);
	/** The "new messages" line stands after this `seq`; null when there is nothing new to mark. */
	newAfter = $state<number | null>(null);
	/** Colleagues who have it open too. */
	viewers = $state.raw<readonly string[]>([]);
	/** The message that the next answer is about. */
	replyTo = $state.raw<Message | null>(null);
	/** The own message that is being written anew. */
	editing = $state.raw<Message | null>(null);

	readonly id: string;
	readonly history: History;
	readonly typing: TypingList;
	readonly catchUp = coalesce(() => this.#catchUp());

	readonly #me: string;
	readonly #colleagues: ReadonlySet<string>;
	readonly #api: InboxApi;
	readonly #inbox: Inbox;
	readonly #outbox: Outbox;
	readonly #reading: ReadMarker;
	readonly #changes: MessageChanges;
	readonly #retry = new Retry();
	#link: ConversationLink | null = null;
	/** Up to where the operator has had the messages in view. */
	#seenSeq = 0;
	#inView = false;
	/** True after the first catch-up, which takes the newest page anew to see edits missed meanwhile. */
	#opened = false;
	#behind = true;
	/** The message to go to once there is something. */
	#wanted: number | null = null;
	#typedAt = -Infinity;

	constructor({ id, me, colleagues, api, inbox, outbox, remembered = [] }: ConversationOptions) {
		this.id = id;
		this.#me = me;
		this.#colleagues = colleagues;
		this.#api = api;
		this.#inbox = inbox;
		this.#outbox = outbox;
		this.#reading = new ReadMarker(api, inbox, me, id);
		this.typing = new TypingList(({ author_kind, author_id }) =>
			author_kind === 'visitor'
				? author_id === this.row?.visitor_id
				: author_id !== me && colleagues.has(author_id)
		);
		this.history = new History(id, api);
		this.#changes = new MessageChanges({
			id,
			api,
			window: this.history,
			onmissed: () => void this.catchUp()
		});
		this.#changes.holds(remembered);
		if (remembered.length > 0) this.#show(remembered);
	}

	/** Starts live updates; call the result to stop. */
	connect(): () => void {
		this.#link = this.#api.joinConversation(this.id, {
			message_created: (message) => this.receive(message),
			message_updated: (message) => this.#changes.update(message),
			reaction_changed: (change) => this.#changes.react(change),
			read_advanced: (read) => this.#inbox.applyRead(read),
			// The list's own topic brings the row; this one only says that there is something to fetch.
			conversation_updated: ({ last_seq, status }) => {
				if (last_seq > (this.row?.last_seq ?? 0) || status !== this.row?.status) {
					void this.#inbox.catchUp();
				}
			},
			rating_changed: (rating) => (this.rating = rating),
			// A lost answer is made up for by the next catch-up.
			visitor_changed: () => void this.loadVisitor().catch(() => undefined),
			pages_changed: () => this.pageNews++,
			typing: (payload) => this.typing.receive(payload),
			viewers: (ids) => {
				this.viewers = ids.filter((one) => one !== this.#me && this.#colleagues.has(one));
			},
			joined: () => void this.catchUp()
		});
		const stops = [
			this.#inbox.onRemoved(this.id, () => this.#gone()),
			this.#outbox.onDelivered((message) => {
				if (message.conversation_id === this.id) this.receive(message);
			}),
			this.#outbox.beforeRetry(this.id, async () => {
				await this.catchUp();
				if (this.#behind) throw new Unreachable('the conversation is not caught up yet');
			})
		];
		void this.catchUp();
		return () => {
			this.#retry.stop();
			this.#reading.stop();
			this.typing.clear();
			this.viewers = [];
			this.history.stop();
			this.#link?.leave();
			this.#link = null;
			for (const stop of stops) stop();
		};
	}

	receive(message: Message): void {
		if (message.author_id !== null) this.typing.stop(message.author_id);
		if (message.seq <= this.window.lastSeq) this.history.replace(message);
		else if (message.seq === this.window.lastSeq + 1 && this.phase === 'ready')
			this.#show([message]);
		else void this.catchUp();
	}

	/** After the inbox has caught up: its row tells whether the event of a message was lost. */
	check(): void {
		if ((this.row?.last_seq ?? 0) > this.window.lastSeq) void this.catchUp();
	}

	loadOlder(): Promise<void> {
		return this.history.loadOlder();
	}

	send(body: string, manner: Manner = {}): Promise<void> {
		return this.#outbox.send(this.#taken(body, manner));
	}

	/** Takes what is being written as an answer now, for a message that still waits for its files. */
	answer(body: string, manner: Manner = {}): FileMessage {
		return { message_id: uuidv7(), ...this.#taken(body, manner) };
	}

	/** The answer as it is meant at this moment. */
	#taken(body: string, manner: Manner) {
		this.#typedAt = -Infinity;
		this.newAfter = null;
		this.window.grewAtTop = false;
		this.history.toEnd();
		const reply = this.replyTo === null ? {} : { reply_to_seq: this.replyTo.seq };
		this.replyTo = null;
		return { conversation_id: this.id, body, seen_seq: this.seen, ...reply, ...manner };
	}

	/** Puts the operator's reaction on a message, or takes it back. */
	async react({ id, reactions }: Message, emoji: string): Promise<void> {
		const on = !(reactions[emoji] ?? []).includes(this.#me);
		this.#changes.update(await this.#api.react(id, emoji, on));
	}

	/** Replaces the text of one's own message; throws when its time for that is over. */
	async edit({ id }: Message, body: string): Promise<void> {
		this.#changes.update(await this.#api.rewrite(id, body));
	}

	async redact({ id }: Message): Promise<void> {
		this.#changes.update(await this.#api.redact(id));
	}

	message(seq: number): Message | null {
		return this.history.shown.messages.find((message) => message.seq === seq) ?? null;
	}

	/** Goes to a message, with what is around it; as soon as the conversation is there. */
	async jump(seq: number): Promise<void> {
		if (this.phase === 'ready') await this.history.jump(seq);
		else this.#wanted = seq;
	}

	sendAnyway(item: OutboxItem): Promise<void> {
		return this.#outbox.retry(item, this.window.lastSeq);
	}

	/** Tells the others that the operator is writing, at most every few seconds. */
	typed(now: number = Date.now()): void {
		if (now - this.#typedAt < typingEveryMs) return;
		this.#typedAt = now;
		this.#link?.sendTyping();
	}

	/** Whether the operator looks at the end of the conversation right now. */
	look(inView: boolean): void {
		// Whatever comes while nobody looks is marked as new when they are back.
		if (this.#inView && !inView) this.newAfter = this.window.lastSeq;
		this.#inView = inView;
		this.#see();
	}

	// Getters, not `$derived`: an answer may still arrive when the view that made this object is gone.
	get row(): MyInboxConversation | null {
		return this.#inbox.row(this.id);
	}

	/** The end of the conversation: without gaps, up to the newest message. */
	get window(): MessageWindow {
		return this.history.end;
	}

	get pending(): readonly OutboxItem[] {
		return this.#outbox.of(this.id).filter((item) => !this.window.has(item.id));
	}

	/** The message that waits for the operator's decision, because somebody wrote meanwhile. */
	get held(): OutboxItem | null {
		return this.pending.find((item) => item.state === 'held') ?? null;
	}

	get missed(): readonly Message[] {
		const seen = this.held?.seen_seq ?? Infinity;
		return this.window.messages.filter(
			({ seq, author_id }) => seq > seen && author_id !== this.#me
		);
	}

	/** What an answer written now can know of. */
	get seen(): number {
		return Math.max(this.#seenSeq, this.row?.my_last_read_seq ?? 0);
	}

	#show(messages: readonly Message[]): void {
		for (const { id } of messages) this.#outbox.settle(id);
		this.window.showEnd(messages);
		this.phase = 'ready';
		this.#see();
	}

	async #catchUp(): Promise<void> {
		this.#behind = true;
		try {
			await this.#loadRow();
			if (this.phase === 'missing') return;
			await Promise.all([
				this.loadVisitor(),
				this.#loadRating(),
				this.#opened ? this.#follow() : this.#open()
			]);
			this.#see();
			this.#retry.succeeded();
			this.#behind = false;
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
			if (temporary(error) && this.#link) this.#retry.later(() => this.catchUp());
		}
	}

	async #loadRow(): Promise<void> {
		if (this.row) return;
		const row = await this.#api.conversation(this.id);
		if (row) this.#inbox.applyMine(row);
		else this.#gone();
	}

	#gone(): void {
		this.phase = 'missing';
		this.#link?.leave();
		this.#link = null;
	}

	/** After the visitor has become part of another person, or its own again. */
	async refreshRow(): Promise<void> {
		const row = await this.#api.conversation(this.id);
		if (row) this.#inbox.applyMine(row);
		await this.loadVisitor();
	}

	/** Whom the team sees: after a merge another than the one who writes. */
	async loadVisitor(): Promise<void> {
		if (this.row) this.visitor = await this.#api.visitor(this.row.person_id);
	}

	async #loadRating(): Promise<void> {
		this.rating = await this.#api.rating(this.id);
	}

	async #open(): Promise<void> {
		const remembered = this.window.lastSeq > 0;
		const newest = await this.#api.messagesBefore(this.id, endOfConversation);
		const { row } = this;
		if (row && unreadCount(row) > 0) this.newAfter = row.my_last_read_seq;
		this.#opened = true;
		this.#show(newest);
		if (this.#wanted !== null) await this.history.jump(this.#wanted);
		this.#wanted = null;
		// A fresh page holds every change of its messages; what was remembered may have missed some.
		if (remembered) await this.#changes.catchUp();
		else this.#changes.holds(newest, this.row?.last_change_seq);
	}

	async #follow(): Promise<void> {
		let page: Message[];
		do {
			page = await this.#api.messagesAfter(this.id, this.window.lastSeq);
			if (page.length > 0) this.#show(page);
		} while (page.length === pageSize.after);
		await this.#changes.catchUp();
	}

	#see(): void {
		if (!this.#inView || this.phase !== 'ready') return;
		this.#seenSeq = this.window.lastSeq;
		this.#reading.saw(this.window.lastSeq);
	}
}
