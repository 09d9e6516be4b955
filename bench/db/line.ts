import type { Socket } from 'node:net';
import pg from 'pg';

const [error, ready] = [0x45, 0x5a];

/**
 * One connection that sends prepared statements as one transaction and one packet, and reads no more of the answer than
 * its end: the generator of a load shares the machine with what it measures.
 */
export class Line {
	readonly #client: pg.Client;
	readonly #stream: Socket;
	#rest: Buffer = Buffer.alloc(0);
	#refused: string | undefined;
	#waiting: PromiseWithResolvers<void> | undefined;

	private constructor(client: pg.Client) {
		this.#client = client;
		// What `pg` does not declare: once it is signed in, its socket is ours.
		this.#stream = (client as unknown as { connection: { stream: Socket } }).connection.stream;
		this.#stream.removeAllListeners('data');
		this.#stream.on('data', (chunk: Buffer) => this.#hear(chunk));
		client.on('error', (cause) => this.#waiting?.reject(cause));
	}

	/** Statements by name, as they are prepared once for a connection of the Data API. */
	static async open(url: string, statements: Readonly<Record<string, string>>): Promise<Line> {
		const client = new pg.Client(url);
		await client.connect();
		const line = new Line(client);
		const parsed = Object.entries(statements).map(([name, text]) =>
			message('P', cString(name), cString(text), Buffer.alloc(2))
		);
		await line.#ask(Buffer.concat([...parsed, sync]));
		return line;
	}

	/** Runs prepared statements with their arguments in one transaction. */
	transact(calls: readonly (readonly [name: string, ...values: string[]])[]): Promise<void> {
		const steps = calls.flatMap(([name, ...values]) => [bind(name, values), execute]);
		return this.#ask(Buffer.concat([...steps, sync]));
	}

	close(): Promise<void> {
		return this.#client.end();
	}

	#ask(packet: Buffer): Promise<void> {
		this.#waiting = Promise.withResolvers();
		this.#stream.write(packet);
		return this.#waiting.promise;
	}

	#hear(chunk: Buffer): void {
		const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
		let at = 0;
		for (let end = endOf(bytes, at); end <= bytes.length; at = end, end = endOf(bytes, at)) {
			if (bytes[at] === error) this.#refused = bytes.toString('utf8', at + 5, end);
			if (bytes[at] === ready) this.#settle();
		}
		this.#rest = bytes.subarray(at);
	}

	#settle(): void {
		const refused = this.#refused;
		this.#refused = undefined;
		if (refused === undefined) this.#waiting?.resolve();
		else this.#waiting?.reject(new Error(refused.replaceAll('\0', ' ')));
	}
}

/** Where the message that begins here ends; beyond everything while its length is not here yet. */
function endOf(bytes: Buffer, at: number): number {
	return at + 5 > bytes.length ? Infinity : at + 1 + bytes.readInt32BE(at + 1);
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
	const body = Buffer.concat(parts);
	const head = Buffer.alloc(5);
	head.write(type);
	head.writeInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
}

const cString = (value: string): Buffer => Buffer.from(`${value}\0`);

function bind(name: string, values: readonly string[]): Buffer {
	const count = Buffer.alloc(2);
	count.writeInt16BE(values.length);
	const given = values.flatMap((value) => {
		const bytes = Buffer.from(value);
		const length = Buffer.alloc(4);
		length.writeInt32BE(bytes.length);
		return [length, bytes];
	});
	return message(
		'B',
		cString(''),
		cString(name),
		Buffer.alloc(2),
		count,
		...given,
		Buffer.alloc(2)
	);
}

const execute = message('E', cString(''), Buffer.alloc(4));
const sync = message('S');
