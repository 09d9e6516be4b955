import type { ListedConversation, VisitorConversation } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import {
	type Attachment,
	cleanBody,
	maxMessageLength,
	type Message
} from '@chatiq/contracts/message';
import type { Boot } from '@chatiq/contracts/session';
import { Api, type Call } from './api.ts';
import type { ChatOptions } from './chat-options.ts';
import { entriesOf, type ChatView, type Connection } from './chat-view.ts';
import { endOfConversation, pageRows, type Conversation } from './conversation.ts';
import { Identification } from './identification.ts';
import { waits, type OutboxItem, type Place } from './outbox-items.ts';
import { Outbox } from './outbox.ts';
import type { Hint } from './live.ts';
import { RequestFailed } from './request.ts';
import { Room } from './room.ts';
import { Session } from './session.ts';
import { refreshTokenKey, subjectKey, unsentFiles, unsentKey } from './storage-keys.ts';
import { Tabs, type TabNews } from './tabs.ts';

/** A message whose files are stored, all for one conversation. */
export interface FilesMeant {
	message_id: string;
	conversation_id: string;
	reply_to_seq?: number;
	attachments: Attachment[];
}

/** The visitor's side of the chat without a screen: composes session, outbox and conversation. */
export class Chat {
	readonly #options: ChatOptions;
	readonly #api: Api;
	readonly #session: Session;
	readonly #outbox: Outbox;
	readonly #room: Room;
	readonly #identification: Identification;
	readonly #tabs: Tabs;
	readonly #end = new AbortController();
	/** Where the visitor has chosen to write; null means wherever they are, as for most visitors. */
	#place: Place | null = null;
	/** How many conversations the visitor has, as far as is known. */
	conversationCount = 0;
	/** For whoever shows the list, or the names of the team: fetch again. */
	onhint: (about: Hint) => void = () => undefined;
	/** What is unread in the conversations that are not open here. */
	unreadElsewhere = 0;
	#holdsFiles: boolean;

	constructor(options: ChatOptions) {
		this.#options = options;
		const { apiUrl, siteKey, storage, store, journal, page, onchange, onnews, onsite } = options;
		this.#holdsFiles = storage.get(unsentKey(siteKey)) === unsentFiles;
		const name = refreshTokenKey(siteKey);
		this.#api = new Api(apiUrl);
		this.#session = new Session({
			api: this.#api,
			siteKey,
			storage,
			onlost: () => this.#visitorChanged()
		});
		this.#outbox = new Outbox({
			name: `${name}:outbox`,
			store,
			journal,
			deliver: (item) => this.#deliver(item),
			onchange: () => {
				this.#noteUnsent();
				onchange();
			}
		});
		this.#room = new Room({
			apiUrl,
			session: this.#session,
			page,
			onchange,
			onnews,
			onsite,
			onhint: (about) => this.onhint(about),
			onjoined: () => {
				this.onhint('conversations');
				this.#outbox.poke();
			}
		});
		this.#identification = new Identification({
			session: this.#session,
			storage,
			key: subjectKey(siteKey),
			onstranger: (left) => {
				this.#leave();
				if (left) void this.#outbox.clear();
			},
			restore: (refreshToken) => this.#restore(refreshToken),
			report: (error) => this.#report(error),
			onchange
		});
		this.#tabs = new Tabs(name, (news) => this.#hear(news));
		page.listen((change) => this.#pageChanged(change), this.#end.signal);
	}

	get view(): ChatView {
		const { conversation, typing } = this.#room;
		return {
			conversation: conversation?.row ?? null,
			conversationId: this.#place?.conversation_id ?? conversation?.id ?? null,
			visitorId: this.#session.current?.visitor_id ?? null,
			closed: conversation?.row.status === 'closed',
			entries: entriesOf(conversation, this.#outbox.items, this.#place),
			typing: typing.name,
			connection: this.#connection,
			pausedUntil: this.#outbox.pausedUntil,
			restoring: this.#identification.underWay && !conversation && !this.#place,
			hasOlder: conversation?.hasOlder ?? false,
			loadingOlder: conversation?.loadingOlder ?? false,
			olderFailed: conversation?.olderFailed ?? false,
			unread: (conversation?.unread ?? 0) + this.unreadElsewhere,
			unreadElsewhere: this.unreadElsewhere,
			conversationCount: this.conversationCount
		};
	}

	/** The conversation in the room, for parts of the panel that come later. */
	get conversation(): Conversation | null {
		return this.#room.conversation;
	}

	/** Hears of these as well, by `onhint`. */
	watch(conversationIds: readonly string[]): void {
		this.#room.watch(conversationIds);
	}

	/** What the server says of the conversations that are not open here. */
	setElsewhere(conversationCount: number, unread: number): void {
		Object.assign(this, { conversationCount, unreadElsewhere: unread });
		this.#options.onchange();
	}

	/** Calls a function of the server as the visitor. */
	readonly call: Call = (name, args) => this.#session.call(name, args);

	/** Shows what the loader has fetched, and sends what an earlier page left. */
	async start(boot: Boot | null): Promise<void> {
		if (boot) this.#booted(boot);
		await this.#outbox.load();
		await this.#aimOutbox();
		if (this.#outbox.items.length > 0) this.#outbox.poke();
	}

	setOpen(open: boolean): void {
		this.#room.setOpen(open);
	}

	setAtEnd(atEnd: boolean): void {
		this.#room.setAtEnd(atEnd);
	}

	get conversationId(): string | null {
		return this.#room.conversation?.id ?? null;
	}

	/** Files wait in the browser, from this page or, at first, from an earlier one. */
	get holdsFiles(): boolean {
		return this.#holdsFiles;
	}

	set holdsFiles(holds: boolean) {
		this.#holdsFiles = holds;
		this.#noteUnsent();
	}

	/** For calls that are not SQL functions: key and token, new ones when the last were refused. */
	async headers(renew: boolean): Promise<Record<string, string>> {
		const used = this.#session.current;
		const session = await (renew && used
			? this.#session.renew(used.token)
			: this.#session.ensure());
		return { apikey: session.publishable_key, authorization: `Bearer ${session.token}` };
	}

	/** The files are stored: hands them over under the id that their message was given, where they belong. */
	async sendFiles(text: string, meant: FilesMeant): Promise<void> {
		const { conversation_id, ...message } = meant;
		await this.#outbox.add(cleanBody(text), conversation_id, {
			...message,
			place: { conversation_id, starts: false }
		});
		this.#tabs.tell({ kind: 'outbox_changed' });
	}

	/** False if there is nothing to send or too much; resolves when the text is safe. */
	async send(text: string, replyTo: number | null = null): Promise<boolean> {
		const body = cleanBody(text);
		if (body === '' || Array.from(body).length > maxMessageLength) return false;
		this.#room.typing.finished();
		await this.#outbox.add(body, this.#room.conversation?.id ?? null, {
			...(replyTo !== null && { reply_to_seq: replyTo }),
			...(this.#place && { place: this.#place })
		});
		this.#tabs.tell({ kind: 'outbox_changed' });
		return true;
	}

	async retry(messageId: string): Promise<void> {
		await this.#outbox.retry(messageId);
		this.#tabs.tell({ kind: 'outbox_changed' });
	}

	async remove(messageId: string): Promise<void> {
		await this.#outbox.remove(messageId);
		this.#tabs.tell({ kind: 'outbox_changed' });
	}

	/** The next text begins another conversation. */
	startNew(): void {
		this.unreadElsewhere = this.view.unread;
		this.#room.leave();
		this.#place = { conversation_id: uuidv7(), starts: true };
		this.#options.onchange();
	}

	/** Goes on in a conversation of the visitor's list. */
	async openConversation(row: ListedConversation): Promise<void> {
		const { id: conversation_id } = row;
		const messages = await this.#lastMessages(conversation_id);
		this.unreadElsewhere = this.view.unread - row.unread_count;
		this.#place = { conversation_id, starts: false };
		this.#room.enter(row, messages, row.unread_count);
	}

	async #join(row: VisitorConversation): Promise<void> {
		if (this.#place || this.#room.conversation?.id === row.id || this.#end.signal.aborted) return;
		this.#room.enter(row, await this.#lastMessages(row.id));
	}

	#lastMessages(conversation_id: string): Promise<Message[]> {
		return this.call('messages_before', {
			conversation_id,
			before_seq: endOfConversation,
			max_rows: pageRows
		});
	}

	async loadOlder(): Promise<void> {
		await this.#room.conversation?.loadOlder();
	}

	typed(): void {
		this.#room.prepare();
		this.#room.typing.touched();
	}

	/** Continues as the visitor that the customer's server vouches for, with the history they have. */
	identify(identity: string): Promise<void> {
		return this.#identification.begin(identity);
	}

	/** Forgets the visitor on this browser. */
	async logout(): Promise<void> {
		this.#tabs.tell({ kind: 'logged_out' });
		await this.#forget();
	}

	destroy(): void {
		this.#end.abort();
		this.#identification.end();
		this.#room.destroy();
		this.#outbox.destroy();
		this.#tabs.close();
	}

	get #connection(): Connection {
		if (!this.#options.page.online) return 'offline';
		const unreachable = this.#outbox.failures > 1 && this.#outbox.pausedUntil === null;
		return this.#room.lossNoticed || unreachable ? 'reconnecting' : 'online';
	}

	async #restore(refreshToken: string): Promise<void> {
		if (this.#room.conversation || this.#place) {
			this.#room.renewToken();
			return;
		}
		const { siteKey } = this.#options;
		this.#booted(await this.#api.boot({ site_key: siteKey, refresh_token: refreshToken }));
		await this.#aimOutbox();
	}

	#booted({ session, conversation, conversation_count, unread_count }: Boot): void {
		if (session) this.#session.adopt(session);
		else this.#session.forget();
		if (!conversation) return;
		this.conversationCount = conversation_count;
		this.unreadElsewhere = unread_count - conversation.unread_count;
		const { messages, ...row } = conversation;
		this.#room.enter(row, messages, row.unread_count);
		// An answer waits: listen on, so that the badge keeps up with the conversation.
		if (row.status === 'open' && (this.#room.conversation?.unread ?? 0) > 0) this.#room.goLive();
	}

	async #deliver(item: OutboxItem): Promise<void> {
		const { starts, message_id, conversation_id, body, reply_to_seq, attachments = [] } = item;
		const text = { message_id, conversation_id, body };
		try {
			if (starts) {
				const visitor = this.#options.details();
				const rule_id = this.#options.teaser();
				const { conversation, message } = await (rule_id === null
					? this.call('start_conversation', { ...text, visitor, join_known: !item.chosen })
					: this.call('start_conversation_from_teaser', { ...text, visitor, rule_id }));
				this.#options.onstarted();
				// Another page had begun one before: what was said there belongs above this text.
				if (conversation.id !== conversation_id) await this.#join(conversation);
				this.#stored(message, conversation);
				// Also what was aimed elsewhere while this one was on its way.
				if (!this.#place) await this.#aimOutbox();
			} else {
				const attachment_ids = attachments.map(({ id }) => id);
				const reply = reply_to_seq === undefined ? {} : { reply_to_seq };
				this.#stored(
					await this.call('send_visitor_message', { ...text, ...reply, attachment_ids })
				);
			}
		} catch (error) {
			// Erased meanwhile: its texts go out in a new one, and the visitor follows them.
			const gone = error instanceof RequestFailed && error.code === 'conversation_not_found';
			if (gone && this.#place?.conversation_id === conversation_id) this.#place = null;
			this.#report(error);
			throw error;
		}
	}

	#stored(message: Message, conversation?: VisitorConversation): void {
		// Taken away meanwhile, it must not open a conversation any more; the other tabs still want to know.
		if (conversation && !this.#end.signal.aborted) this.#enter(conversation);
		this.#room.conversation?.receive(message);
		const chosen = this.#place !== null;
		this.#tabs.tell({
			...{ kind: 'message_stored', message, chosen },
			...(conversation && { conversation })
		});
	}

	/** Not one that the visitor has left for another meanwhile. */
	#enter(row: VisitorConversation): void {
		if (this.#place && this.#place.conversation_id !== row.id) return;
		if (this.#room.conversation?.id !== row.id) this.conversationCount++;
		if (this.#place) this.#place = { ...this.#place, starts: false };
		this.#room.enter(row);
	}

	#leave(): void {
		this.#place = null;
		this.conversationCount = 0;
		this.unreadElsewhere = 0;
		this.#room.leave();
	}

	/** So that the next page knows to bring up the panel. */
	#noteUnsent(): void {
		const { storage, siteKey } = this.#options;
		const texts = this.#outbox.items.some(waits) ? '1' : null;
		storage.set(unsentKey(siteKey), this.#holdsFiles ? unsentFiles : texts);
	}

	async #aimOutbox(): Promise<void> {
		if (this.#room.conversation) await this.#outbox.moveTo(this.#room.conversation.id);
	}

	#visitorChanged(): void {
		this.#leave();
		void this.#outbox.startAnew();
	}

	async #forget(): Promise<void> {
		const { storage, siteKey } = this.#options;
		this.#session.forget();
		this.#identification.end();
		storage.set(subjectKey(siteKey), null);
		this.#leave();
		await this.#outbox.clear();
	}

	#hear(news: TabNews): void {
		if (news.kind === 'logged_out') return void this.#forget();
		if (news.kind === 'message_stored') {
			if (news.conversation && !news.chosen) this.#enter(news.conversation);
			this.#room.conversation?.receive(news.message);
		}
		// The other tab sends, but it may be closed in the middle: stand in line behind it.
		void this.#outbox.load().then(() => this.#outbox.poke());
	}

	#pageChanged(change: 'wake' | 'sleep' | 'other'): void {
		if (change === 'sleep') this.#room.sleep();
		if (change === 'wake') {
			this.onhint('conversations');
			this.#room.wake();
			if (this.#outbox.items.length > 0) this.#outbox.poke();
		}
		this.#options.onchange();
	}

	/** Refusals that no visitor can do anything about go to the developer, in words. */
	#report(error: unknown): void {
		if (!(error instanceof RequestFailed)) throw error;
		if (error.code !== null && !error.temporary) this.#options.onrefused(error.code);
	}
}
