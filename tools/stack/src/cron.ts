import { runJob, type Outcome } from './cron/run-job.ts';
import { parseSchedule, type Schedule } from './cron/schedule.ts';
import { listen } from './net/listen.ts';
import { openSessions, type Sql } from './sessions.ts';

export interface CronOptions {
	/** The database's address for a role, the superuser's without one. */
	urlOf: (role?: string) => string;
	/** Those with a password of their own. */
	roles: string[];
	log?: (line: string) => void;
	/** Tests turn the clock. */
	now?: () => Date;
	tickMs?: number;
}

export interface Cron {
	close: () => Promise<void>;
}

interface JobRow {
	jobid: string;
	schedule: string;
	command: string;
	database: string;
	username: string;
}

interface Job extends JobRow {
	when: Schedule;
	/** Of the last start, or of the moment it was first seen: intervals count from there. */
	since: number;
	running: boolean;
	/** It was due while it ran; at most one run waits. */
	pending: boolean;
}

const mostRunning = 32;
const minuteMs = 60_000;

/** Runs the jobs of `cron.job`, as long as the database has the extension pg_cron. */
export function startCron(options: CronOptions): Cron {
	const { urlOf, log = () => undefined } = options;
	const sessions = openSessions(urlOf(), { max: 2, name: 'stack cron' });
	const scheduler = new Scheduler(sessions.sql, options);
	const listener = listen({
		databaseUrl: urlOf(),
		channel: 'cron_job',
		applicationName: 'stack cron listener',
		wake: () => scheduler.reload(),
		log
	});
	const timer = setInterval(() => scheduler.tick(), options.tickMs ?? 250);
	return {
		async close() {
			clearInterval(timer);
			await listener.close();
			await scheduler.close();
			await sessions.close();
		}
	};
}

class Scheduler {
	readonly #sql: Sql;
	readonly #options: CronOptions;
	readonly #now: () => Date;
	readonly #log: (line: string) => void;
	#jobs = new Map<string, Job>();
	/** Also those of jobs that were removed meanwhile. */
	readonly #runs = new Map<string, Promise<void>>();
	readonly #abort = new AbortController();
	#minute: number;
	#loaded = false;
	#loading: Promise<void> | null = null;
	#again = false;

	constructor(sql: Sql, options: CronOptions) {
		this.#sql = sql;
		this.#options = options;
		this.#now = options.now ?? (() => new Date());
		this.#log = options.log ?? (() => undefined);
		this.#minute = this.#currentMinute();
	}

	/** Reads the jobs; a call during that makes it read again. */
	reload(): void {
		if (this.#abort.signal.aborted) return;
		this.#again = true;
		this.#loading ??= this.#load()
			.catch((error: unknown) => this.#log(`the jobs cannot be read: ${String(error)}`))
			.finally(() => (this.#loading = null));
	}

	tick(): void {
		const now = this.#now().getTime();
		const minute = this.#currentMinute();
		const newMinute = minute > this.#minute;
		// Minutes that passed while the machine slept are not made up for, and a clock that was set back
		// a little does not run the same minutes again.
		if (newMinute || this.#minute - minute > 180) this.#minute = minute;
		for (const job of this.#jobs.values()) {
			if (job.when.kind === 'seconds' && !job.running && now - job.since >= job.when.every * 1_000)
				this.#start(job);
			else if (newMinute && job.when.kind === 'minutes') {
				if (job.when.matches(new Date(minute * minuteMs))) this.#due(job);
			}
		}
	}

	async close(): Promise<void> {
		this.#abort.abort();
		await this.#loading;
		await Promise.all(this.#runs.values());
	}

	#currentMinute(): number {
		return Math.floor(this.#now().getTime() / minuteMs);
	}

	async #load(): Promise<void> {
		while (this.#again && !this.#abort.signal.aborted) {
			this.#again = false;
			const rows = await this.#read();
			const before = this.#jobs;
			this.#jobs = new Map(
				rows.flatMap((row) => {
					const job = this.#job(row, before.get(row.jobid));
					return job ? [[row.jobid, job]] : [];
				})
			);
			if (!this.#loaded && rows.length > 0)
				for (const job of this.#jobs.values()) if (job.when.kind === 'start') this.#due(job);
			this.#loaded = true;
		}
	}

	async #read(): Promise<JobRow[]> {
		const [table] = await this.#sql<{ there: boolean }[]>`
			select to_regclass('cron.job') is not null as there`;
		if (table?.there !== true) return [];
		// Runs that nobody will finish: of a stack or a server that was killed.
		await this.#sql`
			update cron.job_run_details
			set status = 'failed', return_message = 'server restarted', end_time = now()
			where status in ('starting', 'running') and runid <> all (${[...this.#runs.keys()]}::bigint[])
		`;
		return this.#sql<JobRow[]>`
			select jobid::text, schedule, command, database, username
			from cron.job where active order by jobid
		`;
	}

	#job(row: JobRow, before: Job | undefined): Job | null {
		const same = before?.schedule === row.schedule;
		try {
			const when = same ? before.when : parseSchedule(row.schedule);
			const fresh = { when, since: this.#now().getTime(), running: false, pending: false };
			// The same object: a run that is under way reports to it.
			return Object.assign(before ?? fresh, row, { when }, same ? {} : { since: fresh.since });
		} catch (error) {
			this.#log(`job ${row.jobid} has the schedule "${row.schedule}": ${String(error)}`);
			return null;
		}
	}

	#due(job: Job): void {
		if (job.running) job.pending = true;
		else this.#start(job);
	}

	#start(job: Job): void {
		if (this.#abort.signal.aborted) return;
		if (this.#runs.size >= mostRunning) {
			job.pending = true;
			return;
		}
		job.running = true;
		job.pending = false;
		job.since = this.#now().getTime();
		void this.#run(job)
			.catch((error: unknown) => this.#log(`job ${job.jobid}: ${String(error)}`))
			.finally(() => {
				job.running = false;
				for (const next of this.#jobs.values())
					if (next.pending && !next.running) this.#start(next);
			});
	}

	async #run(job: Job): Promise<void> {
		const { jobid, database, username, command } = job;
		const [run] = await this.#sql<{ runid: string }[]>`
			insert into cron.job_run_details (jobid, database, username, command, status)
			values (${jobid}, ${database}, ${username}, ${command}, 'starting')
			returning runid::text
		`;
		const runid = run?.runid ?? '';
		const finished = this.#execute(job, runid).finally(() => this.#runs.delete(runid));
		this.#runs.set(
			runid,
			finished.catch(() => undefined)
		);
		await finished;
	}

	async #execute({ username, command }: Job, runid: string): Promise<void> {
		const { urlOf, roles } = this.#options;
		const canLogIn = roles.includes(username);
		const outcome = await runJob({
			databaseUrl: urlOf(canLogIn ? username : 'postgres'),
			role: canLogIn ? null : username,
			command,
			signal: this.#abort.signal,
			started: async (pid) => {
				await this.#sql`
					update cron.job_run_details
					set status = 'running', job_pid = ${pid}, start_time = clock_timestamp()
					where runid = ${runid}
				`;
			}
		});
		// Cut short by the end of the stack: the next start finds it unfinished.
		if (!this.#abort.signal.aborted) await this.#finish(runid, outcome);
	}

	async #finish(runid: string, { status, message }: Outcome): Promise<void> {
		await this.#sql`
			update cron.job_run_details
			set status = ${status}, return_message = ${message}, end_time = clock_timestamp(),
				start_time = coalesce(start_time, clock_timestamp())
			where runid = ${runid}
		`;
	}
}
