import type { VisitorConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';
import type { PublicSite } from '@chatiq/contracts/site';
import { backoffMs } from './backoff.ts';
import { Conversation } from './conversation.ts';
import { lazy } from './lazy.ts';
import type { Hint } from './live.ts';
import type { SharedLive } from './shared-live.ts';
import type { Page } from './page.ts';
import type { Session } from './session.ts';
import { TypingIndicator } from './typing.ts';

/** A shorter loss of the connection is nobody's concern. */
const noticeLossMs = 1500;
const wakePauseMs = 3000;
const againMs = 2000;

/** Socket and protocol: needed as soon as there is somebody to answer, not to open the panel and write. */
const live = lazy(() => import('./shared-live.ts'));

interface RoomOptions {
	apiUrl: string;
	session: Session;
	page: Page;
	onchange: () => void;
	onnews: (messages: Message[]) => void;
	onsite: (site: PublicSite) => void;
	onhint: (about: Hint) => void;
	/** Live again: whatever waits for a connection can go. */
	onjoined: () => void;
}

/** The conversation the visitor is in, if any, with its live events, typing and reading. */
export class Room {
	conversation: Conversation | null = null;
	/** The connection has been away long enough to say so. */
	lossNoticed = false;
	readonly typing: TypingIndicator;

	readonly #options: RoomOptions;
	#live: SharedLive | null = null;
	/** A socket is only for those who have opened the panel, or have an unread answer. */
	#wantsLive = false;
	#open = false;
	#atEnd = true;
	#lossTimer: ReturnType<typeof setTimeout> | undefined;
	#again: ReturnType<typeof setTimeout> | undefined;
	#failures = 0;
	#wokenAt = -Infinity;
	#watched: readonly string[] = [];

	constructor(options: RoomOptions) {
		this.#options = options;
		this.typing = new TypingIndicator({
			send: () => this.#sendTyping(),
			onchange: options.onchange
		});
	}

	setOpen(open: boolean): void {
		this.#open = open;
		if (open) this.goLive();
		this.readIfSeen();
	}

	/** The newest message is (not) before the visitor's eyes. */
	setAtEnd(atEnd: boolean): void {
		this.#atEnd = atEnd;
		this.readIfSeen();
	}

	/** `unread` is how much the server counts, if it said so. */
	enter(row: VisitorConversation, messages: readonly Message[] = [], unread?: number): void {
		if (this.conversation?.id === row.id) {
			this.conversation.receiveRow(row);
			messages.forEach((message) => this.conversation?.receive(message));
			return;
		}
		this.leave();
		const { session, onchange, onnews } = this.#options;
		this.conversation = new Conversation({
			row,
			messages,
			...(unread !== undefined && { unread }),
			call: session.call,
			onchange: () => {
				this.readIfSeen();
				onchange();
			},
			onnews: (news) => {
				this.typing.stop();
				onnews(news);
			}
		});
		onchange();
		if (this.#wantsLive) this.goLive();
	}

	leave(): void {
		clearTimeout(this.#again);
		this.#live?.close();
		this.#live = null;
		this.conversation?.destroy();
		this.conversation = null;
		this.typing.stop();
		this.#watchLoss(false);
	}

	/** Opens the socket, now or as soon as there is a conversation. */
	goLive(): void {
		this.#wantsLive = true;
		if (!this.conversation || this.#live) return;
		const { id } = this.conversation;
		clearTimeout(this.#again);
		this.#watchLoss(true);
		Promise.all([this.#options.session.ensure(), live()]).then(
			([session, module]) => {
				if (this.conversation?.id !== id || this.#live) return;
				this.#failures = 0;
				this.#live = this.#connect(session, module);
			},
			() => {
				// No session or no line for now: the banner tells, a wake asks sooner.
				if (this.conversation?.id !== id) return;
				const delay = againMs + backoffMs(this.#failures++);
				this.#again = setTimeout(() => this.goLive(), delay);
			}
		);
	}

	/** The visitor is about to send: what listens for the answer can come meanwhile. */
	prepare(): void {
		live().catch(() => undefined); // Going live asks for it again.
	}

	/** The page is back before the visitor, or back on the network: see at once what was missed. */
	wake(): void {
		this.readIfSeen();
		if (!this.#wantsLive || !this.conversation) return;
		if (this.#live) this.#live.nudge();
		else this.goLive();
		const now = performance.now();
		if (now - this.#wokenAt < wakePauseMs) return;
		this.#wokenAt = now;
		void this.conversation.catchUp();
	}

	/** Other conversations of the visitor to hear of, on the socket of this one. */
	watch(conversationIds: readonly string[]): void {
		this.#watched = conversationIds;
		this.#live?.watch(conversationIds);
	}

	sleep(): void {
		this.#live?.suspend();
	}

	/** The session was renewed: the channels should not live on the old token. */
	renewToken(): void {
		this.#live?.renewToken();
	}

	readIfSeen(): void {
		if (this.#open && this.#atEnd && this.#options.page.visible) this.conversation?.markRead();
	}

	destroy(): void {
		this.leave();
		this.typing.destroy();
	}

	#connect(
		{ publishable_key, site_id }: { publishable_key: string; site_id: string },
		{ SharedLive: Live }: { SharedLive: typeof SharedLive }
	): SharedLive | null {
		const { conversation } = this;
		if (!conversation) return null;
		const { apiUrl, session, onsite, onhint } = this.#options;
		const connection = new Live({
			apiUrl,
			publishableKey: publishable_key,
			siteId: site_id,
			conversationId: conversation.id,
			token: async (refused) =>
				(await (refused === null ? session.ensure() : session.renew(refused))).token,
			onmessage: (message) => conversation.receive(message),
			onreaction: (change) => conversation.receiveReaction(change),
			onrow: (row) => conversation.receiveRow(row),
			onread: (read) => conversation.receiveRead(read),
			ontyping: (payload) => this.typing.receive(payload),
			onsite,
			onhint,
			onjoined: (joined) => this.#joined(joined),
			onbeat: () => void conversation.check()
		});
		connection.watch(this.#watched.filter((id) => id !== conversation.id));
		return connection;
	}

	#joined(joined: boolean): void {
		this.#watchLoss(!joined);
		if (!joined) {
			this.typing.stop();
			return;
		}
		void this.conversation?.catchUp();
		this.#options.onjoined();
	}

	#watchLoss(lost: boolean): void {
		clearTimeout(this.#lossTimer);
		if (lost) this.#lossTimer = setTimeout(() => this.#noticeLoss(true), noticeLossMs);
		else this.#noticeLoss(false);
	}

	#noticeLoss(noticed: boolean): void {
		if (this.lossNoticed === noticed) return;
		this.lossNoticed = noticed;
		this.#options.onchange();
	}

	#sendTyping(): void {
		const visitor = this.#options.session.current;
		if (!visitor) return;
		this.#live?.sendTyping({ author_kind: 'visitor', author_id: visitor.visitor_id, name: '' });
	}
}
