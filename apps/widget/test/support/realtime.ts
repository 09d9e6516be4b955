import type { Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

type Frame = [string | null, string | null, string, string, Record<string, unknown>];

/** As much of Supabase Realtime (protocol 2.0.0) as the widget's client needs to meet. */
export class RealtimeServer {
	/** Every frame that came in, as `event topic`. */
	readonly log: string[] = [];
	readonly tokens: string[] = [];
	/** The server hears but does not answer any more: a half-open connection. */
	deaf = false;
	/** Answers to a join: a reason refuses it. */
	refuse: (topic: string, token: string) => string | null = () => null;

	readonly #server: WebSocketServer;
	readonly #joined = new Map<WebSocket, Map<string, string>>();

	constructor(server: Server) {
		this.#server = new WebSocketServer({ server });
		this.#server.on('connection', (socket) => {
			this.#joined.set(socket, new Map());
			socket.on('message', (raw) =>
				this.#receive(socket, JSON.parse((raw as Buffer).toString()) as Frame)
			);
			socket.on('close', () => this.#joined.delete(socket));
		});
	}

	get connections(): number {
		return this.#joined.size;
	}

	joined(topic: string): boolean {
		return [...this.#joined.values()].some((topics) => topics.has(`realtime:${topic}`));
	}

	/** As the database does: a binary frame of kind 4. */
	broadcast(topic: string, event: string, payload: unknown): void {
		const parts = [`realtime:${topic}`, event, '{"id":"x"}'].map((part) => Buffer.from(part));
		const lengths = parts.map(({ length }) => length);
		const frame = Buffer.concat([
			Buffer.from([4, ...lengths, 1]),
			...parts,
			Buffer.from(JSON.stringify(payload))
		]);
		for (const [socket, topics] of this.#joined) {
			if (topics.has(`realtime:${topic}`)) socket.send(frame);
		}
	}

	/** As another client does: a text frame. */
	broadcastText(topic: string, event: string, payload: unknown): void {
		const name = `realtime:${topic}`;
		this.#toAll(name, () => [null, null, name, 'broadcast', { type: 'broadcast', event, payload }]);
	}

	/** Ends a channel with an error, as an expired token does. */
	end(topic: string, message: string): void {
		const name = `realtime:${topic}`;
		this.#toAll(name, (ref) => [ref, null, name, 'system', { status: 'error', message }]);
		this.#toAll(name, (ref) => [ref, ref, name, 'phx_close', {}]);
		this.#joined.forEach((topics) => topics.delete(name));
	}

	/** Cuts every connection without a word. */
	cut(): void {
		for (const socket of this.#server.clients) socket.terminate();
	}

	close(): void {
		this.cut();
		this.#server.close();
	}

	#receive(socket: WebSocket, [joinRef, ref, topic, event, payload]: Frame): void {
		this.log.push(`${event} ${topic}`);
		if (this.deaf) return;
		const answer = (status: string, response: object) =>
			socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }]));
		if (event === 'heartbeat') answer('ok', {});
		if (event === 'access_token') this.tokens.push(String(payload.access_token));
		if (event === 'phx_leave') this.#joined.get(socket)?.delete(topic);
		if (event !== 'phx_join') return;
		const token = String(payload.access_token);
		this.tokens.push(token);
		const reason = this.refuse(topic.replace('realtime:', ''), token);
		if (reason !== null) {
			answer('error', { reason });
			return;
		}
		this.#joined.get(socket)?.set(topic, joinRef ?? '');
		answer('ok', { postgres_changes: [] });
	}

	#toAll(topic: string, frame: (joinRef: string) => Frame): void {
		for (const [socket, topics] of this.#joined) {
			const joinRef = topics.get(topic);
			if (joinRef !== undefined) socket.send(JSON.stringify(frame(joinRef)));
		}
	}
}
