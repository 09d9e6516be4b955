import type { MyInboxConversation, VisitorConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import type { Rating } from '@chatiq/contracts/realtime';
import { About } from './about.svelte.ts';
import { Answering } from './answering.svelte.ts';
import type { ConversationLink, InboxApi, Visitor } from './api.ts';
import { CatchUp } from './catch-up.svelte.ts';
import { EventLog } from './event-log.svelte.ts';
import { Unreachable, type FailureCode } from './failure.ts';
import { History } from './history.svelte.ts';
import type { Inbox } from './inbox.svelte.ts';
import { MessageChanges } from './message-changes.ts';
import type { MessageWindow } from './message-window.svelte.ts';
import type { Outbox } from './outbox.svelte.ts';
import { ReadMarker } from './read-marker.ts';
import { TypingList } from './typing.svelte.ts';

/** The list's topic needs no longer than this, where it works. */
const graceMs = 500;

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

/** One open conversation: a gap-free stretch of messages up to the end, and everything said about it live. */
export class Conversation {
	phase = $state<'loading' | 'ready' | 'missing'>('loading');
	/** The "new messages" line stands after this `seq`; null when there is nothing new to mark. */
	newAfter = $state<number | null>(null);
	/** Colleagues who have it open too. */
	viewers = $state.raw<readonly string[]>([]);

	readonly id: string;
	readonly history: History;
	readonly events: EventLog;
	readonly typing: TypingList;
	readonly about: About;
	/** What the operator says here. */
	readonly answering: Answering;

	readonly #me: string;
	readonly #colleagues: ReadonlySet<string>;
	readonly #api: InboxApi;
	readonly #inbox: Inbox;
	readonly #outbox: Outbox;
	readonly #reading: ReadMarker;
	readonly #changes: MessageChanges;
	readonly #catchUp: CatchUp;
	#link: ConversationLink | null = null;
	/** Up to where the operator has had the messages in view. */
	#seenSeq = 0;
	#inView = false;

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
		this.events = new EventLog(() => api.events(id));
		this.about = new About(id, api, () => this.row?.person_id ?? null);
		this.#changes = new MessageChanges({
			id,
			api,
			window: this.history,
			onmissed: () => void this.catchUp()
		});
		this.#catchUp = new CatchUp({
			...{ id, api, inbox, history: this.history, changes: this.#changes },
			...{ about: this.about, events: this.events },
			connected: () => this.#link !== null,
			show: (messages) => this.#show(messages),
			onunread: (readSeq) => (this.newAfter = readSeq),
			ondone: (exists) => (exists ? this.#see() : this.#gone())
		});
		this.answering = new Answering({
			...{ conversationId: id, me, outbox },
			window: () => this.window,
			seen: () => this.seen,
			// Whoever answers has read what is new, and goes on at the end.
			onsend: () => {
				this.newAfter = null;
				this.window.grewAtTop = false;
				this.history.toEnd();
			}
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
			conversation_updated: (told) => void setTimeout(() => this.#compare(told), graceMs),
			rating_changed: (rating) => (this.about.rating = rating),
			event_recorded: (event) => this.events.receive(event),
			// A lost answer is made up for by the next catch-up.
			visitor_changed: () => this.about.changed(),
			pages_changed: () => this.about.pageNews++,
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
				if (this.#catchUp.behind) throw new Unreachable('the conversation is not caught up yet');
			})
		];
		void this.catchUp();
		return () => {
			this.#catchUp.stop();
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

	catchUp(): Promise<void> {
		return this.#catchUp.run();
	}

	/** After the inbox has caught up: its row tells whether the event of a message was lost. */
	check(): void {
		if ((this.row?.last_seq ?? 0) > this.window.lastSeq) void this.catchUp();
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
		else this.#catchUp.want(seq);
	}

	/** Tells the others that the operator is writing, at most every few seconds. */
	typed(now: number = Date.now()): void {
		if (this.answering.typed(now)) this.#link?.sendTyping();
	}

	/** Whether the operator looks at the end of the conversation right now. */
	look(inView: boolean): void {
		// Whatever comes while nobody looks is marked as new when they are back.
		if (this.#inView && !inView) this.newAfter = this.window.lastSeq;
		this.#inView = inView;
		this.#see();
	}

	// Getters, not `$derived`: an answer may still arrive when the view that made this object is gone.
	get visitor(): Visitor | null {
		return this.about.visitor;
	}

	get rating(): Rating | null {
		return this.about.rating;
	}

	get failure(): FailureCode | null {
		return this.#catchUp.failure;
	}

	get row(): MyInboxConversation | null {
		return this.#inbox.row(this.id);
	}

	/** The end of the conversation: without gaps, up to the newest message. */
	get window(): MessageWindow {
		return this.history.end;
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

	/** A row that the list's topic has not brought by now was lost. */
	#compare({ last_seq, status }: VisitorConversation): void {
		if (!this.#link || !this.row) return;
		if (last_seq > this.row.last_seq || status !== this.row.status) void this.#inbox.catchUp();
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
		await this.about.load();
	}

	#see(): void {
		if (!this.#inView || this.phase !== 'ready') return;
		this.#seenSeq = this.window.lastSeq;
		this.#reading.saw(this.window.lastSeq);
	}
}
