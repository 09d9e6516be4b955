import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { PgOutputDecoder } from './pgoutput.ts';
import type { Row } from './pgoutput.ts';

export interface WalOptions {
	url: string;
	publication: string;
	slotPrefix: string;
	retryMs?: number;
	/** Runs on every connection when the slot holds its place, before the first row of the stream. */
	beforeStream(): Promise<void>;
	onInsert(schema: string, table: string, row: Row): void;
	/** All transactions that committed at or before `lsn` have been handed over. */
	onProgress(lsn: bigint): void;
	onUp(): void;
	onDown(cause: unknown): void;
}

/** What `pg` does not declare about the connection under a client. */
interface CopyConnection {
	on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void;
	once(event: 'replicationStart', listener: () => void): void;
	sendCopyFromChunk(chunk: Buffer): void;
}

const postgresEpochMs = Date.UTC(2000, 0, 1);
const statusIntervalMs = 5000;

/** Streams the committed inserts of one publication, reconnecting for as long as it runs. */
export class WalFollower {
	readonly #options: WalOptions;
	readonly #stop = new AbortController();
	#client: pg.Client | undefined;
	#loop: Promise<void> | undefined;

	constructor(options: WalOptions) {
		this.#options = options;
	}

	start(): void {
		this.#loop = this.#run();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		await this.#client?.end();
		await this.#loop;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		while (!signal.aborted) {
			try {
				await this.#follow();
			} catch (cause) {
				if (isStopped(signal)) return;
				this.#options.onDown(cause);
				await delay(this.#options.retryMs ?? 100, undefined, { signal }).catch(() => undefined);
			}
		}
	}

	/** One connection's life; rejects when it ends. */
	async #follow(): Promise<void> {
		const client = new pg.Client(replicationConfig(this.#options.url));
		const ended = new Promise<never>((_, reject) => {
			client.on('error', reject);
			client.on('end', () => reject(new Error('replication connection ended')));
		});
		ended.catch(() => undefined); // also awaited below; this keeps an early end from being unhandled
		this.#client = client;
		try {
			await client.connect();
			// The replication grammar knows upper-case keywords only.
			const slot = `${this.#options.slotPrefix}_${randomBytes(6).toString('hex')}`;
			// Rows committed from here on come by the stream; earlier ones are beforeStream's.
			await Promise.race([
				client.query(
					`CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`
				),
				ended
			]);
			await Promise.race([this.#options.beforeStream(), ended]);
			await Promise.race([this.#stream(client, slot), ended]);
		} finally {
			await client.end();
		}
	}

	async #stream(client: pg.Client, slot: string): Promise<never> {
		const { connection } = client as unknown as { connection: CopyConnection };
		const decoder = new PgOutputDecoder();
		let received = 0n;
		const reach = (lsn: bigint): void => {
			if (lsn <= received) return;
			received = lsn;
			this.#options.onProgress(lsn);
		};
		const failed = Promise.withResolvers<never>();
		connection.on('copyData', ({ chunk }) => {
			try {
				if (chunk[0] === 0x77) this.#receive(decoder, chunk.subarray(25), reach);
				if (chunk[0] !== 0x6b) return;
				reach(chunk.readBigUInt64BE(1));
				if (chunk[17]) connection.sendCopyFromChunk(standbyStatus(received));
			} catch (error) {
				failed.reject(error);
			}
		});
		connection.once('replicationStart', () => this.#options.onUp());
		const timer = setInterval(
			() => connection.sendCopyFromChunk(standbyStatus(received)),
			statusIntervalMs
		);
		try {
			const command = `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '${this.#options.publication}')`;
			await Promise.race([client.query(command), failed.promise]);
			throw new Error('replication stream ended');
		} finally {
			clearInterval(timer);
		}
	}

	#receive(decoder: PgOutputDecoder, message: Buffer, reach: (lsn: bigint) => void): void {
		const change = decoder.decode(message);
		if (change?.kind === 'insert') {
			this.#options.onInsert(change.schema, change.table, change.row);
		}
		if (change?.kind === 'commit') reach(change.lsn);
	}
}

/** The output formats are fixed here because a database or a role may have others as default. */
function replicationConfig(url: string): pg.ClientConfig {
	const config = {
		connectionString: url,
		replication: 'database',
		application_name: 'realtime_replication_connection',
		connectionTimeoutMillis: 5000,
		options: '-c datestyle=ISO -c timezone=UTC -c bytea_output=hex'
	};
	return config;
}

/** Confirms everything received so far as written, flushed and applied. */
function standbyStatus(lsn: bigint): Buffer {
	const status = Buffer.alloc(34);
	status.write('r', 0);
	for (const offset of [1, 9, 17]) status.writeBigUInt64BE(lsn, offset);
	status.writeBigInt64BE(BigInt(Date.now() - postgresEpochMs) * 1000n, 25);
	return status;
}

// A function, because the compiler takes `aborted` for unchanged across an await.
function isStopped(signal: AbortSignal): boolean {
	return signal.aborted;
}
