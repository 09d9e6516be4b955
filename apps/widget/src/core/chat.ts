import type { VisitorConversation } from '@chatiq/contracts/conversation';
import { cleanBody, maxMessageLength, type Message } from '@chatiq/contracts/message';
import type { Boot } from '@chatiq/contracts/session';
import { Api } from './api.ts';
import type { ChatOptions } from './chat-options.ts';
import { entriesOf, type ChatView, type Connection } from './chat-view.ts';
import { Identification } from './identification.ts';
import { waits, type OutboxItem } from './outbox-items.ts';
import { Outbox } from './outbox.ts';
import { RequestFailed } from './request.ts';
import { Room } from './room.ts';
import { Session } from './session.ts';
import { refreshTokenKey, subjectKey, unsentKey } from './storage-keys.ts';
import { Tabs, type TabNews } from './tabs.ts';

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

	constructor(options: ChatOptions) {
		this.#options = options;
		const { apiUrl, siteKey, storage, store, journal, page, onchange, onnews, onsite } = options;
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
				storage.set(unsentKey(siteKey), this.#outbox.items.some(waits) ? '1' : null);
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
			onjoined: () => this.#outbox.poke()
		});
		this.#identification = new Identification({
			session: this.#session,
			storage,
			key: subjectKey(siteKey),
			onstranger: (left) => {
				this.#room.leave();
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
			entries: entriesOf(conversation, this.#outbox.items),
			typing: typing.name,
			connection: this.#connection,
			pausedUntil: this.#outbox.pausedUntil,
			restoring: this.#identification.underWay && !conversation,
			hasOlder: conversation?.hasOlder ?? false,
			loadingOlder: conversation?.loadingOlder ?? false,
			olderFailed: conversation?.olderFailed ?? false,
			unread: conversation?.unread ?? 0
		};
	}

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

	/** False if there is nothing to send or too much; resolves when the text is safe. */
	async send(text: string): Promise<boolean> {
		const body = cleanBody(text);
		if (body === '' || Array.from(body).length > maxMessageLength) return false;
		this.#room.typing.finished();
		await this.#outbox.add(body, this.#room.conversation?.id ?? null);
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
		if (this.#room.conversation) {
			this.#room.renewToken();
			return;
		}
		const { siteKey } = this.#options;
		this.#booted(await this.#api.boot({ site_key: siteKey, refresh_token: refreshToken }));
		await this.#aimOutbox();
	}

	#booted({ session, conversation }: Boot): void {
		if (session) this.#session.adopt(session);
		else this.#session.forget();
		if (!conversation) return;
		const { messages, ...row } = conversation;
		this.#room.enter(row, messages);
		// An answer waits: listen on, so that the badge keeps up with the conversation.
		if (row.status === 'open' && (this.#room.conversation?.unread ?? 0) > 0) this.#room.goLive();
	}

	async #deliver({ starts, message_id, conversation_id, body }: OutboxItem): Promise<void> {
		const { call } = this.#session;
		try {
			if (starts) {
				const visitor = this.#options.details();
				const args = { conversation_id, message_id, body, visitor };
				const rule_id = this.#options.teaser();
				const { conversation, message } = await (rule_id === null
					? call('start_conversation', args)
					: call('start_conversation_from_teaser', { ...args, rule_id }));
				this.#options.onstarted();
				this.#stored(message, conversation);
				// Also what was aimed elsewhere while this one was on its way.
				await this.#aimOutbox();
			} else {
				this.#stored(await call('send_visitor_message', { message_id, conversation_id, body }));
			}
		} catch (error) {
			this.#report(error);
			throw error;
		}
	}

	#stored(message: Message, conversation?: VisitorConversation): void {
		// Taken away meanwhile, it must not open a conversation any more; the other tabs still want to know.
		if (conversation && !this.#end.signal.aborted) this.#room.enter(conversation);
		this.#room.conversation?.receive(message);
		this.#tabs.tell({ kind: 'message_stored', message, ...(conversation && { conversation }) });
	}

	async #aimOutbox(): Promise<void> {
		if (this.#room.conversation) await this.#outbox.moveTo(this.#room.conversation.id);
	}

	#visitorChanged(): void {
		this.#room.leave();
		void this.#outbox.startAnew();
	}

	async #forget(): Promise<void> {
		const { storage, siteKey } = this.#options;
		this.#session.forget();
		this.#identification.end();
		storage.set(subjectKey(siteKey), null);
		this.#room.leave();
		await this.#outbox.clear();
	}

	#hear(news: TabNews): void {
		if (news.kind === 'logged_out') return void this.#forget();
		if (news.kind === 'message_stored') {
			if (news.conversation) this.#room.enter(news.conversation);
			this.#room.conversation?.receive(news.message);
		}
		// The other tab sends, but it may be closed in the middle: stand in line behind it.
		void this.#outbox.load().then(() => this.#outbox.poke());
	}

	#pageChanged(change: 'wake' | 'sleep' | 'other'): void {
		if (change === 'sleep') this.#room.sleep();
		if (change === 'wake') {
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
