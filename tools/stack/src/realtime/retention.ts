import type { Sessions } from '../sessions.ts';
import { sqlState } from './database-errors.ts';
import type { Log } from './options.ts';

const dayMs = 86_400_000;
const daysAhead = 3;

/** The daily partitions of realtime.messages: made ahead of time, dropped after the retention. */
export class Partitions {
	readonly #sessions: Sessions;
	readonly #retentionDays: number;
	readonly #log: Log;
	readonly #now: () => number;
	#maintainedDay: number | undefined;
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | undefined;

	constructor(
		sessions: Sessions,
		options: { retentionDays: number; log: Log; now?: () => number }
	) {
		this.#sessions = sessions;
		this.#retentionDays = options.retentionDays;
		this.#log = options.log;
		this.#now = options.now ?? Date.now;
	}

	/** Makes what is missing now and looks again every minute: a laptop may wake days later. */
	async start(): Promise<void> {
		await this.maintain();
		this.#timer = setInterval(() => void this.#maintainDaily(), 60_000);
	}

	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.#running;
	}

	/** Calls that overlap share one run. */
	maintain(): Promise<void> {
		this.#running ??= this.#maintain().finally(() => {
			this.#running = undefined;
		});
		return this.#running;
	}

	/** Like `maintain`, for those who cannot do anything about a failure. */
	async repair(): Promise<void> {
		try {
			await this.maintain();
		} catch (error) {
			this.#log({ level: 'error', code: 'PartitionMaintenanceFailed', message: String(error) });
		}
	}

	/** A failure leaves the day open, so the next minute tries again. */
	async #maintainDaily(): Promise<void> {
		if (this.#today() !== this.#maintainedDay) await this.repair();
	}

	async #maintain(): Promise<void> {
		const today = this.#today();
		const existing = await this.#existing();
		for (let day = today - 1; day <= today + daysAhead; day++) {
			if (!existing.has(partitionName(day))) await this.#create(day);
		}
		for (const name of existing) {
			if (name < partitionName(today - this.#retentionDays)) await this.#drop(name);
		}
		this.#maintainedDay = today;
	}

	async #existing(): Promise<Set<string>> {
		const rows = await this.#sessions.sql<{ name: string }[]>`
			select pg_class.relname as name
			from pg_inherits join pg_class on pg_class.oid = pg_inherits.inhrelid
			where pg_inherits.inhparent = 'realtime.messages'::regclass
				and pg_class.relname ~ '^messages_[0-9]{4}_[0-9]{2}_[0-9]{2}$'`;
		return new Set(rows.map((row) => row.name));
	}

	/** The names are ours, made of digits. */
	async #create(day: number): Promise<void> {
		const table = `realtime.${partitionName(day)}`;
		try {
			await this.#withLockTimeout(`
				create table if not exists ${table} partition of realtime.messages
					for values from ('${isoDay(day)}') to ('${isoDay(day + 1)}');
				alter table ${table} enable row level security;
				alter table ${table} owner to supabase_realtime_admin;`);
		} catch (error) {
			// 42P07: another server on this database was quicker.
			if (sqlState(error) !== '42P07') throw error;
		}
	}

	async #drop(name: string): Promise<void> {
		await this.#withLockTimeout(`drop table if exists realtime.${name};`);
	}

	/** A partition changes under a lock on all messages; one long transaction must not stall every send. */
	async #withLockTimeout(statements: string): Promise<void> {
		// Sent at once they are one transaction.
		await this.#sessions.script(`set local lock_timeout = '2s'; ${statements}`);
	}

	#today(): number {
		return Math.floor(this.#now() / dayMs);
	}
}

function isoDay(day: number): string {
	return new Date(day * dayMs).toISOString().slice(0, 10);
}

function partitionName(day: number): string {
	return `messages_${isoDay(day).replaceAll('-', '_')}`;
}
