import type postgres from 'postgres';
import { WalFollower } from './wal.ts';
import type { Log } from './options.ts';
import type { Row } from './pgoutput.ts';

/** One row of realtime.messages as Postgres prints it. */
export interface DatabaseMessage {
	id: string;
	topic: string;
	event: string | null;
	private: boolean;
	payload: string | null;
	binaryPayload: Buffer | null;
	/** UTC without a zone, in the one format whose text order is its time order. */
	insertedAt: string;
}

interface Marker {
	/** Whatever was uncommitted when the marker was set has an insertedAt at or after this. */
	low: string;
	/** The marker counts once the stream has passed this position. */
	lsn: bigint;
}

export interface FeedOptions {
	databaseUrl: string;
	sql: postgres.Sql;
	log: Log;
	deliver(message: DatabaseMessage): void;
	markerIntervalMs?: number;
}

/**
 * The committed rows of realtime.messages, each handed over once, in commit order.
 *
 * A temporary slot forgets everything when its connection ends, so what was committed meanwhile is
 * read from the table. `insertedAt` is the start of the writing transaction, not its commit: a row
 * may appear long after later ones were delivered. Every few seconds a marker therefore notes how
 * far back the oldest open transaction reaches; a catch-up reads from the last marker the stream
 * had passed and leaves out the ids delivered since.
 */
export class DatabaseFeed {
	readonly #options: FeedOptions;
	readonly #wal: WalFollower;
	readonly #delivered = new Map<string, string>();
	#low: string | undefined;
	#pending: Marker | undefined;
	#reached = 0n;
	#timer: NodeJS.Timeout | undefined;
	#waiting = new Set<(up: boolean) => void>();
	#lostBecause: unknown;
	up = false;
	caughtUp = 0;

	constructor(options: FeedOptions) {
		this.#options = options;
		this.#wal = new WalFollower({
			url: options.databaseUrl,
			publication: 'supabase_realtime_messages_publication',
			slotPrefix: 'supabase_realtime_messages_replication_slot',
			beforeStream: () => this.#catchUp(),
			onInsert: (_schema, _table, row) => this.#receive(fromRow(row)),
			onProgress: (lsn) => this.#pass(lsn),
			onUp: () => this.#announce(),
			onDown: (cause) => this.#lose(cause)
		});
	}

	/** Resolves when the stream runs for the first time. */
	async start(timeoutMs: number): Promise<void> {
		this.#wal.start();
		this.#timer = setInterval(() => void this.#mark(), this.#options.markerIntervalMs ?? 5000);
		if (!(await this.ready(timeoutMs))) {
			throw new Error('realtime: the database stream did not start', { cause: this.#lostBecause });
		}
	}

	async stop(): Promise<void> {
		clearInterval(this.#timer);
		for (const settle of this.#waiting) settle(false);
		await this.#wal.stop();
	}

	/** Waits for the stream; false when it did not come in time. */
	ready(timeoutMs: number): Promise<boolean> {
		if (this.up) return Promise.resolve(true);
		return new Promise((resolve) => {
			const settle = (up: boolean): void => {
				clearTimeout(timer);
				this.#waiting.delete(settle);
				resolve(up);
			};
			const timer = setTimeout(() => settle(false), timeoutMs);
			this.#waiting.add(settle);
		});
	}

	#announce(): void {
		this.up = true;
		this.#lostBecause = undefined;
		for (const settle of this.#waiting) settle(true);
	}

	/** Reports the first failure of an outage, not every attempt to end it. */
	#lose(cause: unknown): void {
		this.up = false;
		if (this.#lostBecause === undefined) {
			const message = cause instanceof Error ? cause.message : String(cause);
			this.#options.log({ level: 'warning', code: 'ReplicationConnectionLost', message });
		}
		this.#lostBecause = cause;
	}

	#receive(message: DatabaseMessage): void {
		if (this.#delivered.has(message.id)) return;
		this.#delivered.set(message.id, message.insertedAt);
		this.#options.deliver(message);
	}

	async #catchUp(): Promise<void> {
		// The first connection has missed nothing: nobody was listening. It only notes what is there.
		const first = this.#low === undefined;
		const low = this.#low ?? (await this.#readMarker()).low;
		for (const message of await this.#committedSince(low)) {
			if (first) {
				this.#delivered.set(message.id, message.insertedAt);
			} else if (!this.#delivered.has(message.id)) {
				this.caughtUp++;
				this.#receive(message);
			}
		}
		this.#low = low;
	}

	/**
	 * In commit order where Postgres notes commit times, else by the start of the transaction; ties
	 * within one transaction are broken by command, so its own order is always kept.
	 */
	async #committedSince(low: string): Promise<DatabaseMessage[]> {
		const rows = await this.#options.sql<Row[]>`
			select id::text, topic, event, private::text, payload::text, binary_payload::text,
				inserted_at::text
			from realtime.messages
			where inserted_at >= ${low}::text::timestamp
			order by
				case when current_setting('track_commit_timestamp')::boolean
					then pg_xact_commit_timestamp(messages.xmin) end,
				messages.inserted_at, messages.xmin::text::bigint, messages.cmin::text::bigint,
				messages.tableoid, messages.ctid`;
		return rows.map(fromRow);
	}

	/** Asks for the next marker unless one is still to be passed. */
	async #mark(): Promise<void> {
		if (!this.up || this.#pending) return;
		try {
			this.#pending = await this.#readMarker();
			this.#pass(this.#reached);
		} catch (error) {
			// The database is away: the old marker stays, and reaches further back.
			this.#options.log({ level: 'info', code: 'MarkerSkipped', message: String(error) });
		}
	}

	/** The seconds taken off cover a transaction that has begun but is not yet visible as such. */
	async #readMarker(): Promise<Marker> {
		const [row] = await this.#options.sql<{ low: string; lsn: string }[]>`
			select
				((least(now(), (
					select min(xact_start) from pg_stat_activity where backend_type <> 'walsender'
				)) - interval '5 seconds') at time zone 'utc')::text as low,
				(pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text as lsn`;
		if (!row) throw new Error('no marker');
		return { low: row.low, lsn: BigInt(row.lsn) };
	}

	#pass(lsn: bigint): void {
		this.#reached = lsn;
		if (!this.#pending || lsn < this.#pending.lsn) return;
		const { low } = this.#pending;
		this.#pending = undefined;
		// Never back: what lies before has been forgotten as delivered.
		if (this.#low !== undefined && low < this.#low) return;
		this.#low = low;
		for (const [id, insertedAt] of this.#delivered) {
			if (insertedAt < low) this.#delivered.delete(id);
		}
	}
}

function fromRow(row: Row): DatabaseMessage {
	const { id, topic, inserted_at: insertedAt } = row;
	if (id == null || topic == null || insertedAt == null) {
		throw new Error('realtime.messages: a row without id, topic or inserted_at');
	}
	return {
		id,
		topic,
		event: row.event ?? null,
		private: row.private === 't' || row.private === 'true',
		payload: row.payload ?? null,
		// Printed as \x followed by hexadecimal digits.
		binaryPayload:
			row.binary_payload == null ? null : Buffer.from(row.binary_payload.slice(2), 'hex'),
		insertedAt
	};
}
