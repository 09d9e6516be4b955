import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { sqlState } from './database-errors.ts';
import type { Log } from './options.ts';
import { PgOutputDecoder } from './pgoutput.ts';
import type { RowChange } from './pgoutput.ts';

export interface WalOptions {
	url: string;
	publication: string;
	/** Slots with this prefix that nobody reads are taken for those of killed servers. */
	slotPrefix: string;
	retryMs?: number;
	log: Log;
	onChange(change: RowChange): void;
	onUp(): void;
	onDown(cause: unknown): void;
}

/** What `pg` does not declare about the connection under a client. */
interface CopyConnection {
	on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void;
	once(event: 'replicationStart', listener: () => void): void;
	sendCopyFromChunk(chunk: Buffer): void;
	stream: Socket;
}

const postgresEpochMs = Date.UTC(2000, 0, 1);
/**
 * Postgres 16 and 17 look for new WAL, send a keepalive and only then queue to be woken: a commit in
 * between is not seen until they hear from us. So we answer each keepalive, and speak by ourselves.
 */
const statusIntervalMs = 100;
const undefinedObject = '42704';
const duplicateObject = '42710';

/**
 * Streams the committed row changes of one publication, each once and in commit order, for as long
 * as it runs. Its slot outlives the connection, and a crash of Postgres: what was committed
 * meanwhile is streamed after the reconnect. The slot lasts as long as the follower; one that was
 * killed leaves its slot to be dropped by the next.
 */
export class WalFollower {
	readonly #options: WalOptions;
	readonly #slot: string;
	readonly #stop = new AbortController();
	#client: pg.Client | undefined;
	#connection: CopyConnection | undefined;
	#paused = false;
	#loop: Promise<void> | undefined;
	#hasSlot = false;
	/** All transactions that committed before it have been handed over. */
	#position = 0n;
	/** How far into a transaction we are: a stream that breaks off begins it again. */
	#transaction = { commitLsn: -1n, done: 0 };
	/** Rows of that transaction which this connection has sent. */
	#seen = 0;

	constructor(options: WalOptions) {
		this.#options = options;
		this.#slot = `${options.slotPrefix}_${randomBytes(6).toString('hex')}`;
	}

	start(): void {
		this.#loop = this.#run();
	}

	async stop(): Promise<void> {
		this.#stop.abort();
		if (this.#client) hangUp(this.#client);
		await this.#loop;
		if (this.#hasSlot) await this.#dropSlot();
	}

	/** Reads no further until `resume`. Postgres keeps what is unread. */
	pause(): void {
		this.#paused = true;
		this.#connection?.stream.pause();
	}

	resume(): void {
		if (!this.#paused) return;
		this.#paused = false;
		this.#connection?.stream.resume();
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
			if (!this.#hasSlot) await Promise.race([this.#createSlot(client), ended]);
			await Promise.race([this.#stream(client), ended]);
		} finally {
			hangUp(client);
		}
	}

	/** The replication grammar knows upper-case keywords only. */
	async #createSlot(client: pg.Client): Promise<void> {
		const { slotPrefix } = this.#options;
		await client.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots
			where starts_with(slot_name, '${slotPrefix}') and not active and database = current_database()`);
		try {
			await client.query(
				`CREATE_REPLICATION_SLOT ${this.#slot} LOGICAL pgoutput NOEXPORT_SNAPSHOT`
			);
		} catch (error) {
			// The connection of the attempt before broke off before it could say that it succeeded.
			if (sqlState(error) !== duplicateObject) throw error;
		}
		this.#hasSlot = true;
	}

	async #dropSlot(): Promise<void> {
		const client = new pg.Client(replicationConfig(this.#options.url));
		client.on('error', () => undefined); // the query rejects as well
		try {
			await client.connect();
			await client.query(`DROP_REPLICATION_SLOT ${this.#slot} WAIT`);
		} catch (error) {
			// Postgres may be gone already. The next start drops it.
			const message = `${this.#slot}: ${String(error)}`;
			this.#options.log({ level: 'info', code: 'ReplicationSlotLeft', message });
		} finally {
			hangUp(client);
		}
	}

	async #stream(client: pg.Client): Promise<never> {
		const { connection } = client as unknown as { connection: CopyConnection };
		const decoder = new PgOutputDecoder();
		const failed = Promise.withResolvers<never>();
		connection.on('copyData', ({ chunk }) => {
			try {
				if (chunk[0] === 0x77) this.#receive(decoder, chunk.subarray(25));
				if (chunk[0] !== 0x6b) return;
				this.#reach(chunk.readBigUInt64BE(1));
				connection.sendCopyFromChunk(standbyStatus(this.#position));
			} catch (error) {
				failed.reject(error);
			}
		});
		this.#connection = connection;
		connection.once('replicationStart', () => {
			this.#options.onUp();
			if (this.#paused) connection.stream.pause();
		});
		const timer = setInterval(
			() => connection.sendCopyFromChunk(standbyStatus(this.#position)),
			statusIntervalMs
		);
		try {
			const from = `${(this.#position >> 32n).toString(16)}/${(this.#position & 0xffffffffn).toString(16)}`;
			const command = `START_REPLICATION SLOT ${this.#slot} LOGICAL ${from} (proto_version '1', publication_names '${this.#options.publication}')`;
			await Promise.race([client.query(command), failed.promise]);
			throw new Error('replication stream ended');
		} catch (error) {
			if (sqlState(error) === undefinedObject) this.#loseSlot();
			throw error;
		} finally {
			clearInterval(timer);
			this.#connection = undefined;
		}
	}

	#receive(decoder: PgOutputDecoder, message: Buffer): void {
		const change = decoder.decode(message);
		if (change?.kind === 'begin') {
			if (change.commitLsn !== this.#transaction.commitLsn) {
				this.#transaction = { commitLsn: change.commitLsn, done: 0 };
			}
			this.#seen = 0;
		} else if (change?.kind === 'commit') {
			this.#reach(change.endLsn);
		} else if (change && ++this.#seen > this.#transaction.done) {
			this.#transaction.done++;
			this.#options.onChange(change);
		}
	}

	#reach(lsn: bigint): void {
		if (lsn > this.#position) this.#position = lsn;
	}

	/** Somebody dropped it; what was committed since is not known here. */
	#loseSlot(): void {
		this.#hasSlot = false;
		this.#options.log({
			level: 'error',
			code: 'ReplicationSlotLost',
			message: `${this.#slot} is gone: changes may be missing`
		});
	}
}

/** The output formats are fixed here because a database or a role may have others as default. */
function replicationConfig(url: string): pg.ClientConfig {
	const config = {
		connectionString: url,
		replication: 'database',
		application_name: 'realtime_replication_connection',
		connectionTimeoutMillis: 5000,
		options: '-c datestyle=ISO -c timezone=UTC -c bytea_output=hex -c intervalstyle=postgres'
	};
	return config;
}

/** Without the goodbye of `end`, which may wait for ever, and leaves a `connect` without an outcome. */
function hangUp(client: pg.Client): void {
	const { connection } = client as unknown as { connection: CopyConnection };
	connection.stream.destroy();
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
