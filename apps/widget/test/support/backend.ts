import type { WidgetForms } from '@chatiq/contracts/forms';
import type { Message } from '@chatiq/contracts/message';
import type { Boot, SessionRequest, VisitorSession } from '@chatiq/contracts/session';
import type { PublicSite } from '@chatiq/contracts/site';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listed, message, row } from './message.ts';
import { RealtimeServer } from './realtime.ts';

export const siteKey = 'pk_DemoKavkaCoffee123456789';

/** What goes wrong with a request: no connection, an answer that gets lost, or a refusal. */
export type Fault = 'drop' | 'lose' | { status: number; code: string; details?: object };

interface Failure {
	status: number;
	body: object;
}

const texts = { title: '', subtitle: '', welcome: '' };
const empty = { en: '', uk: '' };
const noForms: WidgetForms = {
	pre_chat: { enabled: false, intro: empty, fields: [] },
	offline_form: { enabled: false, email: 'optional', text: empty },
	rating: { enabled: false, scale: 'faces', comment: false },
	transcript: { download: false, email: false },
	consent: { text: empty, url: '' }
};
const site: PublicSite = {
	site_id: 'site',
	name: 'Kavka',
	settings: {
		primary_color: '#3b5bfd',
		secondary_color: '#7a3bfd',
		position: 'right',
		size: 'standard',
		theme: 'auto',
		language: 'auto',
		show_agents: false,
		logo_url: null,
		branding: true,
		sounds: true,
		texts: { en: texts, uk: texts },
		...noForms
	},
	status: { open: true, online: false, reopens_at: null, reply_time: null },
	agents: [],
	teasers: [],
	updated_at: '2026-11-21T10:00:00+00:00'
};

/** The wire of `docs/api.md` over HTTP and WebSocket, with the data in memory and faults on demand. */
export class Backend {
	readonly requests: string[] = [];
	readonly conversations = new Map<string, { visitorId: string; messages: Message[] }>();
	readonly realtime: RealtimeServer;
	url = '';
	/** Asked before each request; null lets it pass. */
	fault: (name: string, body: Record<string, unknown>) => Fault | null = () => null;
	expiresIn = 3600;

	readonly #server = createServer((request, response) => void this.#handle(request, response));
	readonly #visitors = new Map<string, string>();
	readonly #refreshTokens = new Map<string, string>();

	constructor() {
		this.realtime = new RealtimeServer(this.#server);
	}

	async start(): Promise<this> {
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
		return this;
	}

	async close(): Promise<void> {
		this.realtime.close();
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	/** Every stored text, conversation by conversation. */
	get bodies(): string[][] {
		return [...this.conversations.values()].map(({ messages }) => messages.map(({ body }) => body));
	}

	/** The team writes; `silently` is an event that got lost. */
	answer(conversationId: string, body: string, { silently = false } = {}): Message {
		const stored = this.#store(conversationId, {
			id: randomUUID(),
			body,
			author_kind: 'operator',
			author_id: 'olena'
		});
		if (!silently) this.#publish(stored);
		return stored;
	}

	/** All sessions end: neither token is good any more. */
	revokeSessions(): void {
		this.#visitors.clear();
		this.#refreshTokens.clear();
	}

	/** The tokens expire, their sessions live on. */
	expireTokens(): void {
		this.#visitors.clear();
	}

	async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let raw = '';
		for await (const chunk of request) raw += String(chunk);
		const name = String(request.url).split('/').at(-1) ?? '';
		const body = JSON.parse(raw || '{}') as Record<string, unknown>;
		this.requests.push(name);
		const fault = this.fault(name, body);
		if (fault === 'drop') {
			request.socket.destroy();
			return;
		}
		const isFunction = String(request.url).startsWith('/functions/');
		if (fault !== null && fault !== 'lose') {
			send(response, refusal(isFunction, fault));
			return;
		}
		const token = String(request.headers.authorization).replace('Bearer ', '');
		const answer = isFunction ? this.#function(name, body) : this.#rpc(name, body, token);
		if (fault === 'lose') request.socket.destroy();
		else send(response, answer);
	}

	#function(name: string, body: Record<string, unknown>): Failure | { body: object } {
		const request = body as SessionRequest;
		const known = this.#refreshTokens.get(request.refresh_token ?? '');
		if (request.refresh_token !== undefined && known === undefined && name !== 'boot') {
			return refusal(true, { status: 401, code: 'session_revoked' });
		}
		const visitorId = request.identity ? `verified ${request.identity}` : (known ?? randomUUID());
		if (name !== 'boot') return { body: this.#session(visitorId) };
		const own = [...this.conversations].findLast(([, { visitorId: id }]) => id === visitorId);
		const boot: Boot = {
			site,
			session: known === undefined ? null : this.#session(visitorId),
			conversation: own
				? { ...listed({ id: own[0] }), messages: own[1].messages.slice(-30) }
				: null,
			conversation_count: 1,
			unread_count: 0
		};
		return { body: boot };
	}

	#session(visitorId: string): VisitorSession {
		const [token, refreshToken] = [randomUUID(), randomUUID()];
		this.#visitors.set(token, visitorId);
		this.#refreshTokens.set(refreshToken, visitorId);
		return {
			token,
			expires_in: this.expiresIn,
			refresh_token: refreshToken,
			visitor_id: visitorId,
			site_id: 'site',
			organization_id: 'organization',
			verified: visitorId.startsWith('verified'),
			publishable_key: 'sb_publishable_test'
		};
	}

	#rpc(name: string, args: Record<string, unknown>, token: string): Failure | { body: unknown } {
		const visitorId = this.#visitors.get(token);
		if (visitorId === undefined) return refusal(false, { status: 401, code: 'session_required' });
		const id = this.#target(args, visitorId);
		const conversation = this.conversations.get(id);
		const own = conversation?.visitorId === visitorId ? conversation : undefined;
		if (name === 'messages_after' || name === 'messages_before') {
			const { after_seq: after = 0, before_seq: before = Infinity } = args as Record<
				string,
				number
			>;
			return { body: own?.messages.filter(({ seq }) => seq > after && seq < before) ?? [] };
		}
		if (name === 'get_conversation') {
			return { body: own ? row({ id, last_seq: own.messages.length }) : null };
		}
		if (name === 'start_conversation') {
			if (conversation && !own) return refusal(false, { status: 409, code: 'id_conflict' });
			if (!conversation) this.conversations.set(id, { visitorId, messages: [] });
		} else if (!own) return refusal(false, { status: 404, code: 'conversation_not_found' });
		if (name === 'mark_read') return { body: args.seq };
		return this.#write(name, { ...args, conversation_id: id }, visitorId);
	}

	/** With `join_known` an unknown id stands for the visitor's newest conversation, if there is one. */
	#target({ conversation_id, join_known }: Record<string, unknown>, visitorId: string): string {
		const id = String(conversation_id);
		if (!join_known || this.conversations.has(id)) return id;
		const theirs = [...this.conversations].filter(([, one]) => one.visitorId === visitorId);
		return theirs.at(-1)?.[0] ?? id;
	}

	/** The message's id is its idempotency key, over all conversations. */
	#write(name: string, args: Record<string, unknown>, visitorId: string) {
		const [id, conversationId] = [String(args.message_id), String(args.conversation_id)];
		const everything = [...this.conversations.values()].flatMap(({ messages }) => messages);
		const known = everything.find((stored) => stored.id === id);
		if (known && known.conversation_id !== conversationId) {
			return refusal(false, { status: 409, code: 'id_conflict' });
		}
		const body = String(args.body);
		const author = { author_kind: 'visitor', author_id: visitorId } as const;
		const stored = known ?? this.#store(conversationId, { id, body, ...author });
		if (!known) this.#publish(stored);
		const started = {
			conversation: row({ id: conversationId, last_seq: stored.seq }),
			message: stored
		};
		return { body: name === 'start_conversation' ? started : stored };
	}

	#store(conversationId: string, change: Partial<Message>): Message {
		const messages = this.conversations.get(conversationId)?.messages ?? [];
		const stored = message(messages.length + 1, { conversation_id: conversationId, ...change });
		messages.push(stored);
		return stored;
	}

	#publish(stored: Message): void {
		this.realtime.broadcast(`conversation:${stored.conversation_id}`, 'message_created', stored);
	}
}

function refusal(isFunction: boolean, { status, code, details }: Exclude<Fault, string>): Failure {
	const body = isFunction
		? { error: { code, message: code, ...details } }
		: { code: `PT${status}`, message: code, details: JSON.stringify(details ?? {}), hint: null };
	return { status, body };
}

function send(
	response: ServerResponse,
	{ status = 200, body }: { status?: number; body: unknown }
) {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
}
