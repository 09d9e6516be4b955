import { backoffMs } from './backoff.ts';
import type { Frame } from './frames.ts';

const joinTimeoutMs = 10_000;

export interface ChannelHandlers {
	onevent: (event: string, payload: unknown) => void;
	/** True after each join: fetch now what was missed. False when live events stop. */
	onjoined?: (joined: boolean) => void;
}

/** What a channel needs from its socket. */
export interface Line {
	up: () => boolean;
	nextRef: () => string;
	send: (frame: Frame) => void;
	/** A token good for a join; `refused` is one that the server did not take. */
	token: (refused: string | null) => Promise<string>;
	/** The server talks to us: forget earlier failures. */
	settled: () => void;
}

/** One private topic: joins, rejoins after every loss, and drops frames of earlier joins. */
export class Channel {
	readonly topic: string;
	readonly #line: Line;
	readonly #handlers: ChannelHandlers;
	#joinRef: string | null = null;
	#joined = false;
	#left = false;
	#attempts = 0;
	/** Which call of `join` is the current one; a token that comes late must not join twice. */
	#turn = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#token = '';
	#refusedToken: string | null = null;

	constructor(name: string, line: Line, handlers: ChannelHandlers) {
		this.topic = `realtime:${name}`;
		this.#line = line;
		this.#handlers = handlers;
	}

	get joined(): boolean {
		return this.#joined;
	}

	join(): void {
		this.lost();
		const turn = this.#turn;
		this.#line.token(this.#refusedToken).then(
			(token) => {
				if (turn === this.#turn) this.#request(token);
			},
			() => {
				// No token for now (offline, server down): whoever asked for a session shows that.
				if (turn === this.#turn) this.#rejoinLater();
			}
		);
	}

	/** The socket fell: wait for it to call `join` again. */
	lost(): void {
		clearTimeout(this.#timer);
		this.#turn++;
		this.#joinRef = null;
		this.#setJoined(false);
	}

	leave(): void {
		this.#left = true;
		if (this.#joinRef !== null) this.#push('phx_leave', {});
		this.lost();
	}

	/** Fire and forget; nothing is sent unless joined. */
	broadcast(event: string, payload: object): void {
		if (this.#joined) this.#push('broadcast', { type: 'broadcast', event, payload });
	}

	renewToken(token: string): void {
		if (!this.#joined || token === this.#token) return;
		this.#token = token;
		this.#push('access_token', { access_token: token });
	}

	receive(frame: Frame): void {
		if (this.#left || (frame.joinRef !== null && frame.joinRef !== this.#joinRef)) return;
		const payload = (frame.payload ?? {}) as Record<string, unknown>;
		if (frame.event === 'broadcast') this.#handlers.onevent(String(payload.event), payload.payload);
		else if (frame.event === 'phx_reply' && frame.ref === this.#joinRef) this.#answered(payload);
		else if (frame.event === 'system' && payload.status === 'error') this.#suspect(payload.message);
		else if (frame.event === 'phx_close' || frame.event === 'phx_error') this.#rejoinLater();
	}

	#request(token: string): void {
		if (this.#left || !this.#line.up()) return;
		this.#token = token;
		this.#joinRef = this.#line.nextRef();
		const config = {
			broadcast: { self: false, ack: false },
			presence: { enabled: false, key: '' },
			postgres_changes: [],
			private: true
		};
		const payload = { config, access_token: token };
		this.#line.send({
			joinRef: this.#joinRef,
			ref: this.#joinRef,
			topic: this.topic,
			event: 'phx_join',
			payload
		});
		this.#timer = setTimeout(() => this.#rejoinLater(), joinTimeoutMs);
	}

	#answered({ status, response }: Record<string, unknown>): void {
		clearTimeout(this.#timer);
		if (status === 'ok') {
			this.#attempts = 0;
			this.#refusedToken = null;
			this.#line.settled();
			this.#setJoined(true);
			return;
		}
		this.#suspect((response as { reason?: unknown } | null)?.reason);
		this.#rejoinLater();
	}

	/** The protocol has no codes: the words tell whether the token was the trouble. */
	#suspect(reason: unknown): void {
		if (/jwt|token|claim/i.test(String(reason))) this.#refusedToken = this.#token;
	}

	#rejoinLater(): void {
		this.lost();
		if (this.#left) return;
		this.#timer = setTimeout(
			() => {
				if (this.#line.up()) this.join();
			},
			200 + backoffMs(this.#attempts++)
		);
	}

	#push(event: string, payload: object): void {
		const { topic } = this;
		this.#line.send({ joinRef: this.#joinRef, ref: this.#line.nextRef(), topic, event, payload });
	}

	#setJoined(joined: boolean): void {
		if (this.#joined === joined) return;
		this.#joined = joined;
		this.#handlers.onjoined?.(joined);
	}
}
