import type { Message, ReactionChanged, Typing } from '@chatiq/contracts/message';
import type { ConversationEvents, SiteEvents } from '@chatiq/contracts/realtime';
import { topics } from '@chatiq/contracts/topics';
import type { Channel } from './channel.ts';
import { Socket } from './socket.ts';

/** Something else has changed: another conversation of the visitor, somebody's name, or perhaps the site. */
export type Hint = 'conversations' | 'agents' | 'site';

export interface LiveOptions {
	apiUrl: string;
	publishableKey: string;
	siteId: string;
	conversationId: string;
	token: (refused: string | null) => Promise<string>;
	onmessage: (message: Message) => void;
	onreaction: (change: ReactionChanged) => void;
	onrow: (row: ConversationEvents['conversation_updated']) => void;
	onread: (read: ConversationEvents['read_advanced']) => void;
	ontyping: (payload: unknown) => void;
	onsite: (site: SiteEvents['settings_changed']) => void;
	onhint: (about: Hint) => void;
	onjoined: (joined: boolean) => void;
	onbeat: () => void;
}

/** Live events of one conversation and its site. Clients cannot write to the topics of the first and last. */
export class Live {
	readonly #socket: Socket;
	readonly #conversation: Channel;
	readonly #typing: Channel;
	readonly #onhint: (about: Hint) => void;
	/** Other conversations of the visitor. */
	readonly #others = new Map<string, Channel>();

	constructor(options: LiveOptions) {
		const { apiUrl, publishableKey, token, siteId, conversationId, onbeat } = options;
		const url = `${apiUrl.replace(/^http/, 'ws')}/realtime/v1/websocket`;
		this.#socket = new Socket({ url, publishableKey, token, onbeat });
		this.#onhint = options.onhint;
		this.#conversation = this.#socket.join(topics.conversation(conversationId), {
			onjoined: options.onjoined,
			onevent: (event, payload) => {
				if (event === 'message_created' || event === 'message_updated') {
					options.onmessage(payload as Message);
				} else if (event === 'reaction_changed') {
					options.onreaction(payload as ReactionChanged);
				} else if (event === 'read_advanced') {
					options.onread(payload as ConversationEvents['read_advanced']);
				} else if (event === 'conversation_updated') {
					options.onrow(payload as ConversationEvents['conversation_updated']);
				}
			}
		});
		this.#typing = this.#socket.join(topics.typing(conversationId), {
			onevent: (event, payload) => {
				if (event === 'typing') options.ontyping(payload);
			}
		});
		this.#socket.join(topics.site(siteId), {
			// While nobody listened, the doors may have closed.
			onjoined: (joined) => joined && options.onhint('site'),
			onevent: (event, payload) => {
				if (event === 'settings_changed' || event === 'business_status_changed') {
					options.onsite(payload as SiteEvents['settings_changed']);
				} else if (event === 'agent_changed') options.onhint('agents');
			}
		});
	}

	get joined(): boolean {
		return this.#conversation.joined;
	}

	/** Listens to these conversations as well, whose events only tell that there is something to fetch. */
	watch(conversationIds: readonly string[]): void {
		for (const [id, channel] of this.#others) {
			if (conversationIds.includes(id)) continue;
			this.#socket.leave(channel);
			this.#others.delete(id);
		}
		for (const id of conversationIds) {
			if (this.#others.has(id)) continue;
			const onevent = () => this.#onhint('conversations');
			// What happened there between the list and this join is in no event.
			const onjoined = (joined: boolean) => joined && onevent();
			this.#others.set(id, this.#socket.join(topics.conversation(id), { onevent, onjoined }));
		}
	}

	sendTyping(typing: Typing): void {
		this.#typing.broadcast('typing', typing);
	}

	/** Pushes the newest token, e.g. after an identity was accepted. */
	renewToken(): void {
		void this.#socket.renewToken();
	}

	nudge(): void {
		this.#socket.nudge();
	}

	suspend(): void {
		this.#socket.suspend();
	}

	close(): void {
		this.#socket.close();
	}
}
