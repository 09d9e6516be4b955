import { backoffMs } from './backoff.ts';
import { Channel, type ChannelHandlers, type Line } from './channel.ts';
import { decodeFrame, encodeFrame, type Frame } from './frames.ts';

interface SocketOptions {
	/** WebSocket address without query. */
	url: string;
	publishableKey: string;
	token: (refused: string | null) => Promise<string>;
	/** With every heartbeat. */
	onbeat?: () => void;
	heartbeatMs?: number;
	/** How long a connection or a heartbeat may stay without an answer. */
	patienceMs?: number;
}

/** A Realtime client of our own: a tenth of realtime-js, and it reconnects at once. */
export class Socket {
	readonly #options: SocketOptions & { heartbeatMs: number; patienceMs: number };
	readonly #channels = new Map<string, Channel>();
	#socket: WebSocket | null = null;
	#ref = 0;
	#failures = 0;
	#heartbeatRef: string | null = null;
	#heartbeat: ReturnType<typeof setInterval> | undefined;
	#watchdog: ReturnType<typeof setTimeout> | undefined;
	#reconnect: ReturnType<typeof setTimeout> | undefined;
	#closed = false;

	constructor(options: SocketOptions) {
		this.#options = { heartbeatMs: 25_000, patienceMs: 10_000, ...options };
	}

	get up(): boolean {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	/** Joins a private topic and keeps it joined until `leave`. */
	join(name: string, handlers: ChannelHandlers): Channel {
		const channel = new Channel(name, this.#line, handlers);
		this.#channels.set(channel.topic, channel);
		if (this.up) channel.join();
		else if (!this.#socket) this.#connect();
		return channel;
	}

	leave(channel: Channel): void {
		channel.leave();
		if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic);
	}

	/** Something changed for the better (online, focus, wake): reconnect now, or check the line. */
	nudge(): void {
		if (this.#closed) return;
		if (this.up) this.#beat();
		else if (this.#socket?.readyState !== WebSocket.CONNECTING) {
			this.#failures = 0;
			this.#connect();
		}
	}

	/** Leaves the network, e.g. while the page sleeps in the back-forward cache; `nudge` returns. */
	suspend(): void {
		this.#drop();
		clearTimeout(this.#reconnect);
	}

	close(): void {
		this.#closed = true;
		this.#channels.forEach((channel) => channel.leave());
		this.#channels.clear();
		this.suspend();
	}

	/** Tells the server of a new token before it closes the channels of the old one. */
	readonly renewToken = async (): Promise<void> => {
		try {
			const token = await this.#options.token(null);
			this.#channels.forEach((channel) => channel.renewToken(token));
		} catch {
			// The server then closes the channels, and they rejoin with back-off.
		}
	};

	readonly #line: Line = {
		up: () => this.up,
		nextRef: () => String(++this.#ref),
		send: (frame) => {
			if (this.up) this.#socket?.send(encodeFrame(frame));
		},
		token: (refused) => this.#options.token(refused),
		settled: () => {
			this.#failures = 0;
		}
	};

	#connect(): void {
		clearTimeout(this.#reconnect);
		if (this.#closed || this.#channels.size === 0) return;
		const { url, publishableKey, patienceMs } = this.#options;
		const socket = new WebSocket(`${url}?apikey=${encodeURIComponent(publishableKey)}&vsn=2.0.0`);
		socket.binaryType = 'arraybuffer';
		socket.onopen = () => this.#opened();
		socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#receive(data);
		socket.onclose = () => this.#fallen();
		this.#socket = socket;
		this.#watch(patienceMs);
	}

	#opened(): void {
		clearTimeout(this.#watchdog);
		this.#heartbeatRef = null;
		this.#heartbeat = setInterval(() => {
			this.#beat();
			void this.renewToken();
			this.#options.onbeat?.();
		}, this.#options.heartbeatMs);
		this.#channels.forEach((channel) => channel.join());
	}

	#beat(): void {
		if (this.#heartbeatRef !== null) return;
		this.#heartbeatRef = this.#line.nextRef();
		const ref = this.#heartbeatRef;
		this.#line.send({ joinRef: null, ref, topic: 'phoenix', event: 'heartbeat', payload: {} });
		this.#watch(this.#options.patienceMs);
	}

	/** A half-open connection never says that it is dead. */
	#watch(patienceMs: number): void {
		clearTimeout(this.#watchdog);
		this.#watchdog = setTimeout(() => this.#fallen(), patienceMs);
	}

	#receive(raw: string | ArrayBuffer): void {
		let frame: Frame | null;
		try {
			frame = decodeFrame(raw);
		} catch {
			return; // One unreadable frame is no reason to lose the rest; catch-up finds what it said.
		}
		if (!frame) return;
		if (frame.topic !== 'phoenix') this.#channels.get(frame.topic)?.receive(frame);
		else if (frame.ref === this.#heartbeatRef) {
			clearTimeout(this.#watchdog);
			this.#heartbeatRef = null;
		}
	}

	#fallen(): void {
		this.#drop();
		if (this.#closed || this.#channels.size === 0) return;
		// At once the first time, spread a little so that a restarted server is not hit by all in one moment.
		const delay = this.#failures === 0 ? Math.random() * 250 : backoffMs(this.#failures);
		this.#failures++;
		this.#reconnect = setTimeout(() => this.#connect(), delay);
	}

	/** Closing a dead connection can take a minute: cut the ties and do not wait for `onclose`. */
	#drop(): void {
		clearInterval(this.#heartbeat);
		clearTimeout(this.#watchdog);
		const socket = this.#socket;
		this.#socket = null;
		if (socket) {
			socket.onopen = socket.onmessage = socket.onclose = null;
			socket.close();
		}
		this.#channels.forEach((channel) => channel.lost());
	}
}
