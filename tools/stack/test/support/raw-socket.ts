import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { RealtimeBackend } from './realtime-backend.ts';

export interface RawFrame {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: Payload;
}

/** The fields of everything the server sends; which of them are there depends on the event. */
export interface Payload {
	status: string;
	response: { reason: string; postgres_changes: { id: number }[] };
	message: string;
	event: string;
	payload?: { n: number; id: string };
	meta: { id: string };
	joins: Metas;
	leaves: Metas;
	n: number;
}

type Metas = Record<string, { metas: { phx_ref: string }[] }>;

/** For machines under load; no test waits for what must not come. */
const patienceMs = 15_000;

interface OpenOptions {
	vsn?: string;
	key?: string;
	headers?: Record<string, string>;
	path?: string;
}

/** A socket that speaks frames, not channels: what realtime-js hides can be seen and sent. */
export class RawSocket {
	readonly ws: WebSocket;
	readonly frames: RawFrame[] = [];
	readonly binaries: Buffer[] = [];
	readonly closed: Promise<number>;
	readonly #version2: boolean;
	#read = 0;
	#ref = 0;
	#arrived = Promise.withResolvers<undefined>();

	constructor(ws: WebSocket, version2: boolean) {
		this.ws = ws;
		this.#version2 = version2;
		this.closed = new Promise((resolve) => ws.once('close', resolve));
		ws.on('message', (data: Buffer, binary) => {
			if (binary) this.binaries.push(data);
			else this.frames.push(parse(data.toString(), version2));
			this.#arrived.resolve(undefined);
			this.#arrived = Promise.withResolvers();
		});
	}

	static async open(backend: RealtimeBackend, options: OpenOptions = {}): Promise<RawSocket> {
		const {
			vsn = '2.0.0',
			key = backend.publishableKey,
			path = '/realtime/v1/websocket'
		} = options;
		const url = `${backend.url.replace('http', 'ws')}${path}?apikey=${key}&vsn=${vsn}`;
		const ws = new WebSocket(url, { headers: options.headers ?? {} });
		const socket = new RawSocket(ws, vsn.startsWith('2'));
		await once(ws, 'open');
		return socket;
	}

	/** Sends a frame and returns its ref. */
	send(topic: string, event: string, payload: unknown = {}, joinRef: string | null = null): string {
		const ref = String(++this.#ref);
		const join = event === 'phx_join' ? ref : joinRef;
		this.ws.send(
			this.#version2
				? JSON.stringify([join, ref, topic, event, payload])
				: JSON.stringify({ topic, event, payload, ref, join_ref: join })
		);
		return ref;
	}

	/** Joins and returns the answer; fails the test if it is not the one expected. */
	async join(
		topic: string,
		config: Record<string, unknown> = {},
		rest: Record<string, unknown> = {}
	): Promise<RawFrame> {
		const ref = this.send(topic, 'phx_join', { config, ...rest });
		return this.next((frame) => frame.event === 'phx_reply' && frame.ref === ref);
	}

	/** Resolves with the next unread frame that matches, passing over the others. */
	async next(matches: (frame: RawFrame) => boolean, timeoutMs = patienceMs): Promise<RawFrame> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			while (this.#read < this.frames.length) {
				const frame = this.frames[this.#read++];
				if (frame && matches(frame)) return frame;
			}
			await this.#arrival(deadline, () => JSON.stringify(this.frames));
		}
	}

	async nextBinary(timeoutMs = patienceMs): Promise<Buffer> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const first = this.binaries.shift();
			if (first) return first;
			await this.#arrival(deadline, () => 'no binary frame');
		}
	}

	/** A round trip: whatever was sent to us before has arrived now. */
	async settle(): Promise<void> {
		const ref = this.send('phoenix', 'heartbeat');
		await this.next((frame) => frame.topic === 'phoenix' && frame.ref === ref);
	}

	close(): void {
		this.ws.terminate();
	}

	async #arrival(deadline: number, seen: () => string): Promise<void> {
		const timer = Promise.withResolvers<boolean>();
		const timeout = setTimeout(() => timer.resolve(false), Math.max(0, deadline - Date.now()));
		const arrived = await Promise.race([this.#arrived.promise.then(() => true), timer.promise]);
		clearTimeout(timeout);
		if (!arrived) throw new Error(`expected frame did not come; seen: ${seen()}`);
	}
}

/** How a server answers who asks for a socket and gets none. */
export async function refusal(
	{ url }: Pick<RealtimeBackend, 'url'>,
	query: string,
	path = '/realtime/v1/websocket'
): Promise<{ status: number | undefined; body: unknown }> {
	const ws = new WebSocket(`${url.replace('http', 'ws')}${path}${query}`);
	ws.on('error', () => undefined);
	const [, response] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
	let body = '';
	for await (const chunk of response) body += String(chunk);
	return { status: response.statusCode, body: body === '' ? null : (JSON.parse(body) as unknown) };
}

function parse(text: string, version2: boolean): RawFrame {
	const message = JSON.parse(text) as unknown;
	if (version2) {
		const [joinRef, ref, topic, event, payload] = message as Parameters<typeof rawFrame>;
		return rawFrame(joinRef, ref, topic, event, payload);
	}
	const { ref, topic, event, payload, ...rest } = message as Omit<RawFrame, 'joinRef'>;
	if ('join_ref' in rest) throw new Error('a 1.0.0 frame must not carry join_ref');
	return rawFrame(null, ref, topic, event, payload);
}

function rawFrame(
	joinRef: string | null,
	ref: string | null,
	topic: string,
	event: string,
	payload: Payload
): RawFrame {
	return { joinRef, ref, topic, event, payload };
}

/** Kind 0: any event, its payload as bytes. */
export function binaryPush(topic: string, event: string, ref: string, joinRef = ''): Buffer {
	const fields = [joinRef, ref, topic, event].map((field) => Buffer.from(field));
	return Buffer.concat([Buffer.from([0, ...fields.map((field) => field.length)]), ...fields]);
}

/** Kind 3: what realtime-js sends for every broadcast on 2.0.0. */
export function userBroadcastPush(
	topic: string,
	event: string,
	body: Buffer | string,
	options: { encoding?: 'json' | 'binary'; ref?: string; joinRef?: string; metadata?: string } = {}
): Buffer {
	const { encoding = 'json', ref = '1', joinRef = '1', metadata = '' } = options;
	const fields = [joinRef, ref, topic, event, metadata].map((field) => Buffer.from(field));
	return Buffer.concat([
		Buffer.from([3, ...fields.map((field) => field.length), encoding === 'json' ? 1 : 0]),
		...fields,
		Buffer.from(body)
	]);
}
