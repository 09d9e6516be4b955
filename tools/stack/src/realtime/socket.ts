import type { WebSocket } from 'ws';
import type { Encoded } from './broadcast.ts';
import type { Channel } from './channel.ts';
import { encodeFrame } from './frames.ts';
import type { Ref, Version } from './frames.ts';
import type { Claims } from './token.ts';

/** Who opened the socket, as its API key says. */
export interface Connection {
	version: Version;
	/** Null for an opaque key. */
	token: string | null;
	claims: Claims;
	/** The `x-*` headers of the handshake, which policies may read. */
	headers: Record<string, string>;
}

export interface SocketOptions {
	backlogBytes: number;
	/** A task failed in a way it did not foresee. */
	onFault(error: unknown): void;
}

const queueHighMark = 512;
const queueLowMark = 64;

/** One client connection: its channels, and its frames handled one after the other. */
export class ClientSocket {
	readonly version: Version;
	readonly connection: Connection;
	readonly channels = new Map<string, Channel>();
	lastSeenAt = Date.now();
	/** Since when the last channel is gone; undefined before the first join. */
	emptySince: number | undefined;
	readonly #ws: WebSocket;
	readonly #options: SocketOptions;
	#tail: Promise<void> = Promise.resolve();
	#queued = 0;

	constructor(ws: WebSocket, connection: Connection, options: SocketOptions) {
		this.#ws = ws;
		this.version = connection.version;
		this.connection = connection;
		this.#options = options;
	}

	get open(): boolean {
		return this.#ws.readyState === this.#ws.OPEN;
	}

	send(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void {
		const json = encodeFrame(this.version, { joinRef, ref, topic, event, payload });
		this.write({ data: Buffer.from(json), binary: false });
	}

	write({ data, binary }: Encoded): void {
		if (!this.open) return;
		if (this.#ws.bufferedAmount > this.#options.backlogBytes) this.#ws.terminate();
		else this.#ws.send(data, { binary });
	}

	/** Runs tasks in order. A flooding client is read more slowly. */
	enqueue(task: () => Promise<void>): void {
		if (++this.#queued === queueHighMark) this.#ws.pause();
		this.#tail = this.#tail
			.then(task)
			.catch((error: unknown) => this.#options.onFault(error))
			.then(() => {
				if (--this.#queued === queueLowMark && this.#ws.isPaused) this.#ws.resume();
			});
	}

	close(code: number, reason: string): void {
		this.#ws.close(code, reason);
	}

	terminate(): void {
		this.#ws.terminate();
	}
}
