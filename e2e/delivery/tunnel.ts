import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

interface Options {
	target: URL;
	/** Whose socket it is. */
	page: string;
	path: string;
	request: IncomingMessage;
	client: Duplex;
	head: Buffer;
}

/** One WebSocket on its way through the line, as bytes: it can break, or only look as if it were open. */
export class Tunnel {
	readonly page: string;
	readonly ended: Promise<void>;
	frozen = false;
	readonly #client: Duplex;
	readonly #upstream: Socket;

	constructor({ target, page, path, request, client, head }: Options) {
		this.page = page;
		this.#client = client;
		this.#upstream = connect(Number(target.port), target.hostname, () => {
			if (client.destroyed) this.#upstream.destroy();
			this.#upstream.write(headOf(request, path, target.host));
			this.#upstream.write(head);
			if (this.frozen) return;
			client.pipe(this.#upstream);
			this.#upstream.pipe(client);
		});
		const closed = (socket: Duplex) =>
			new Promise<void>((resolve) => {
				// The error says why; that it is over, which is all that counts here, `close` says.
				socket.on('error', () => undefined);
				socket.once('close', () => resolve());
			});
		const ends = [closed(client), closed(this.#upstream)];
		this.ended = Promise.race(ends).then(async () => {
			if (!this.frozen) this.cut();
			await Promise.all(ends);
		});
	}

	cut(): void {
		this.#client.destroy();
		this.#upstream.destroy();
	}

	/** Bytes go nowhere from here on, and neither end gets to know; false if it was so before. */
	freeze(): boolean {
		if (this.frozen) return false;
		this.frozen = true;
		this.#client.unpipe(this.#upstream);
		this.#upstream.unpipe(this.#client);
		this.#client.resume();
		this.#upstream.resume();
		return true;
	}
}

function headOf({ rawHeaders }: IncomingMessage, path: string, host: string): string {
	const lines = [`GET ${path} HTTP/1.1`];
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const name = rawHeaders[i] ?? '';
		lines.push(`${name}: ${name.toLowerCase() === 'host' ? host : (rawHeaders[i + 1] ?? '')}`);
	}
	return `${lines.join('\r\n')}\r\n\r\n`;
}
