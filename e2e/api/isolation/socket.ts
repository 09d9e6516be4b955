import type { Backend } from '../../support/backend.ts';

interface Frame {
	topic: string;
	event: string;
	ref: string | null;
	payload: {
		status?: string;
		response?: { reason?: string };
		event?: string;
		payload?: Record<string, unknown>;
	};
}

export interface Broadcast {
	topic: string;
	event: string;
	payload: Record<string, unknown>;
}

const prefix = 'realtime:';
const patienceMs = 10_000;

/** A Realtime socket that speaks frames: no client library cleans up what it sends. */
export class Socket {
	readonly #ws: WebSocket;
	readonly #replies = new Map<string, (reply: string) => void>();
	readonly #joinRefs = new Map<string, string>();
	#listener: (broadcast: Broadcast) => void = () => undefined;
	#ref = 0;

	private constructor(ws: WebSocket) {
		this.#ws = ws;
		ws.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Frame));
		ws.addEventListener('close', () => {
			for (const answer of this.#replies.values()) answer('closed');
		});
	}

	static open(backend: Backend, apikey = backend.publishableKey): Promise<Socket> {
		const url = `${backend.url.replace('http', 'ws')}/realtime/v1/websocket`;
		const ws = new WebSocket(`${url}?apikey=${encodeURIComponent(apikey)}&vsn=1.0.0`);
		return new Promise((resolve, reject) => {
			ws.addEventListener('open', () => resolve(new Socket(ws)), { once: true });
			ws.addEventListener('error', () => reject(new Error('the socket was refused')), {
				once: true
			});
		});
	}

	/** Joins a private channel; `ok`, or why not. */
	async join(topic: string, token?: string): Promise<string> {
		const ref = this.#nextRef();
		this.#joinRefs.set(topic, ref);
		return this.#push(ref, topic, 'phx_join', {
			config: { private: true, broadcast: { ack: false, self: false } },
			...(token === undefined ? {} : { access_token: token })
		});
	}

	/** Asks to be present where it has joined. */
	track(topic: string): Promise<string> {
		const payload = { type: 'presence', event: 'track', payload: { here: true } };
		return this.#push(this.#nextRef(), topic, 'presence', payload);
	}

	/** Sends and does not wait: what is refused has no answer. */
	broadcast({ topic, event, payload }: Broadcast): void {
		this.#send(this.#nextRef(), topic, 'broadcast', { type: 'broadcast', event, payload });
	}

	leave(topic: string): Promise<string> {
		return this.#push(this.#nextRef(), topic, 'phx_leave', {});
	}

	onBroadcast(listener: (broadcast: Broadcast) => void): void {
		this.#listener = listener;
	}

	close(): void {
		this.#ws.close();
	}

	#nextRef(): string {
		return String(++this.#ref);
	}

	#push(ref: string, topic: string, event: string, payload: object): Promise<string> {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(
				() => reject(new Error(`no answer to ${event} on ${topic}`)),
				patienceMs
			);
			this.#replies.set(ref, (reply) => {
				clearTimeout(timer);
				this.#replies.delete(ref);
				resolve(reply);
			});
			this.#send(ref, topic, event, payload);
		});
	}

	#send(ref: string, topic: string, event: string, payload: object): void {
		const join_ref = this.#joinRefs.get(topic) ?? null;
		this.#ws.send(JSON.stringify({ topic: prefix + topic, event, payload, ref, join_ref }));
	}

	#receive({ topic, event, ref, payload }: Frame): void {
		if (event === 'phx_reply' && ref !== null) {
			const { status = '', response } = payload;
			this.#replies.get(ref)?.(status === 'ok' ? 'ok' : (response?.reason ?? status));
		} else if (event === 'broadcast') {
			this.#listener({
				topic: topic.slice(prefix.length),
				event: payload.event ?? '',
				payload: payload.payload ?? {}
			});
		}
	}
}
