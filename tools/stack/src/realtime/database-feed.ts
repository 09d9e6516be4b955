import type { Log } from './options.ts';
import type { Row } from './pgoutput.ts';
import { StreamState } from './stream-state.ts';
import { WalFollower } from './wal.ts';

/** One row of realtime.messages as Postgres prints it. */
export interface DatabaseMessage {
	id: string;
	topic: string;
	event: string | null;
	private: boolean | null;
	payload: string | null;
	binaryPayload: Buffer | null;
}

export interface FeedOptions {
	databaseUrl: string;
	log: Log;
	deliver(message: DatabaseMessage): void;
}

/** More than commit at one moment. */
const mostRemembered = 32;

/** The committed rows of realtime.messages, each handed over once, in commit order. */
export class DatabaseFeed {
	readonly #options: FeedOptions;
	readonly #wal: WalFollower;
	readonly #stream: StreamState;
	#newest: number[] = [];

	constructor(options: FeedOptions) {
		this.#options = options;
		this.#stream = new StreamState(options.log);
		this.#wal = new WalFollower({
			url: options.databaseUrl,
			publication: 'supabase_realtime_messages_publication',
			slotPrefix: 'supabase_realtime_messages_replication_slot',
			log: options.log,
			onChange: ({ kind, row, xid }) => {
				this.#remember(xid);
				// What clients sent and had stored was delivered then.
				if (kind !== 'insert' || !row || row.skip_broadcast === 't') return;
				this.#options.deliver(fromRow(row));
			},
			onUp: () => this.#stream.rise(),
			onDown: (cause) => this.#stream.fall(cause)
		});
	}

	/** The transactions whose rows were handed over last: other sessions may not see them yet. */
	get newest(): readonly number[] {
		return this.#newest;
	}

	get up(): boolean {
		return this.#stream.up;
	}

	/** Resolves when the stream runs for the first time. */
	async start(timeoutMs: number): Promise<void> {
		this.#wal.start();
		if (await this.ready(timeoutMs)) return;
		const cause = this.#stream.lostBecause;
		throw new Error('realtime: the database stream did not start', { cause });
	}

	async stop(): Promise<void> {
		this.#stream.end();
		await this.#wal.stop();
	}

	#remember(xid: number): void {
		if (this.#newest.at(-1) !== xid) this.#newest = [...this.#newest, xid].slice(-mostRemembered);
	}

	/** Waits for the stream; false when it did not come in time. */
	ready(timeoutMs: number): Promise<boolean> {
		return this.#stream.ready(timeoutMs);
	}
}

function fromRow(row: Row): DatabaseMessage {
	const { id, topic } = row;
	if (id == null || topic == null) throw new Error('realtime.messages: a row without id or topic');
	return {
		id,
		topic,
		event: row.event ?? null,
		private: row.private == null ? null : row.private === 't',
		payload: row.payload ?? null,
		// Printed as \x followed by hexadecimal digits.
		binaryPayload:
			row.binary_payload == null ? null : Buffer.from(row.binary_payload.slice(2), 'hex')
	};
}
