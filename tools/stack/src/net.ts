import { listen } from './net/listen.ts';
import { sendRequest, type Outcome, type QueuedRequest } from './net/send-request.ts';
import { openSessions, type Sql } from './sessions.ts';
import { withDatabase } from './with-database.ts';

export interface NetOptions {
	/** As the superuser. */
	databaseUrl: string;
	log?: (line: string) => void;
	sweepMs?: number;
	/** How long answers are kept. */
	retentionHours?: number;
}

export interface Net {
	close: () => Promise<void>;
}

const concurrency = 16;
const goodbyeMs = 1_000;

/** Installs the extension, which hosted projects have too, and keeps what an older stack had queued. */
export async function installNet(databaseUrl: string): Promise<void> {
	await withDatabase(databaseUrl, (sql) =>
		sql.begin((transaction) => transaction.unsafe(install).simple())
	);
}

const install = `
do $$
begin
	if exists (select from pg_catalog.pg_extension where extname = 'pg_net') then
		return;
	end if;
	if to_regclass('net.http_request_queue') is null then
		create extension pg_net with schema extensions;
		return;
	end if;
	create temp table pending on commit drop as
		select method, url, headers, body, timeout_milliseconds
		from net.http_request_queue order by id;
	drop schema net cascade;
	create extension pg_net with schema extensions;
	insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
	select * from pending;
end
$$`;

/** Sends what committed transactions have queued. */
export function startNet(options: NetOptions): Net {
	const sessions = openSessions(options.databaseUrl, { max: 4, name: 'stack net' });
	const sender = new Sender(sessions.sql, options);
	const listener = listen({
		databaseUrl: options.databaseUrl,
		channel: 'net_http_request_queue',
		applicationName: 'stack net listener',
		wake: () => sender.wake(),
		log: options.log ?? (() => undefined)
	});
	// Retries what could not be stored while the database was away.
	const sweep = setInterval(() => sender.sweep(), options.sweepMs ?? 3_000);
	sender.sweep();
	return {
		async close() {
			clearInterval(sweep);
			await listener.close();
			await sender.close();
			await sessions.close();
		}
	};
}

class Sender {
	readonly #sql: Sql;
	readonly #log: (line: string) => void;
	readonly #retentionHours: number;
	readonly #inFlight = new Map<string, Promise<void>>();
	readonly #abort = new AbortController();
	#closed = false;
	#round: Promise<void> | null = null;
	#again = false;

	constructor(sql: Sql, { log = () => undefined, retentionHours = 6 }: NetOptions) {
		this.#sql = sql;
		this.#log = log;
		this.#retentionHours = retentionHours;
	}

	/** Looks into the queue; a call during a look makes it look again. */
	wake(): void {
		if (this.#closed) return;
		this.#again = true;
		this.#round ??= this.#look()
			.catch((error: unknown) => this.#log(`the queue cannot be read: ${String(error)}`))
			.finally(() => (this.#round = null));
	}

	sweep(): void {
		this.wake();
		this.#sql`
			delete from net._http_response
			where created < now() - make_interval(hours => ${this.#retentionHours})
		`.catch((error: unknown) => this.#log(`old answers stay: ${String(error)}`));
	}

	async close(): Promise<void> {
		this.#closed = true;
		const impatient = setTimeout(() => this.#abort.abort(), goodbyeMs);
		await this.#round;
		await Promise.all(this.#inFlight.values());
		clearTimeout(impatient);
	}

	async #look(): Promise<void> {
		while (this.#again && !this.#closed) {
			this.#again = false;
			const room = concurrency - this.#inFlight.size;
			if (room === 0) return;
			const requests = await this.#sql<QueuedRequest[]>`
				select id::text, method, url, headers, body, timeout_milliseconds
				from net.http_request_queue
				where id <> all (${[...this.#inFlight.keys()]}::bigint[])
				order by id
				limit ${room}
			`;
			for (const request of requests) this.#start(request);
		}
	}

	#start(request: QueuedRequest): void {
		const sent = this.#send(request).then(
			() => {
				this.#inFlight.delete(request.id);
				this.wake();
			},
			(error: unknown) => {
				// Not at once again: the sweep retries it when the database had time to come back.
				this.#inFlight.delete(request.id);
				this.#log(`request ${request.id} stays queued: ${String(error)}`);
			}
		);
		this.#inFlight.set(request.id, sent);
	}

	async #send(request: QueuedRequest): Promise<void> {
		const outcome = await sendRequest(request, this.#abort.signal);
		// Cut short by the end of the stack: the next start sends it again.
		if (outcome === null) return;
		await this.#store(request.id, outcome);
	}

	/** Answered and out of the queue are one fact: a crash in between would send it twice or lose it. */
	async #store(id: string, outcome: Outcome): Promise<void> {
		await this.#sql`
			with done as (delete from net.http_request_queue where id = ${id} returning id)
			insert into net._http_response
				(id, status_code, content_type, headers, content, timed_out, error_msg)
			select
				id, ${outcome.status_code}, ${outcome.content_type}, ${outcome.headers},
				${outcome.content}, ${outcome.timed_out}, ${outcome.error_msg}
			from done
		`;
	}
}
