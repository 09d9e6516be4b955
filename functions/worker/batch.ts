import type { ClaimedJobs } from '@chatiq/contracts/jobs';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { logError } from '../_shared/log.ts';
import { asJobFailure, JobPaused } from './job-failure.ts';
import { guardedMailer } from './guarded-mailer.ts';
import type { Kind } from './kind.ts';
import { Leases, leaseSeconds } from './leases.ts';
import type { Mailer } from './mailer.ts';

export interface BatchOptions {
	client: ServiceClient;
	mailer: Mailer;
	registry: Readonly<Record<string, Kind>>;
	/** Ends the batch early. */
	signal: AbortSignal;
	concurrency?: number;
	/** No new job after this; below the wall clock of any plan, with room for what runs by then. */
	budgetMs?: number;
	/** A job that is due this soon is waited for: the schedule comes by only once a minute. */
	lingerMs?: number;
}

type ClaimedJob = ClaimedJobs['jobs'][number];

/** Claims and does jobs, several at once, until there are none or time is up. */
export class Batch {
	readonly #options: Required<BatchOptions>;
	readonly #leases: Leases;
	readonly #running = new Set<Promise<void>>();
	readonly #endsAt: number;
	#nudge = Promise.withResolvers<undefined>();
	#woken = true;

	constructor(options: BatchOptions) {
		this.#options = { concurrency: 12, budgetMs: 60_000, lingerMs: 20_000, ...options };
		this.#leases = new Leases(options.client);
		this.#endsAt = Date.now() + this.#options.budgetMs;
		options.signal.addEventListener(
			'abort',
			() => {
				this.#leases.abort();
				this.wake();
			},
			{ once: true }
		);
	}

	/** There may be something new. */
	wake(): void {
		this.#woken = true;
		this.#nudge.resolve(undefined);
	}

	/** Answers whether there was more to do when time was up. */
	async run(): Promise<boolean> {
		try {
			/** When to look again; null when nothing waits. */
			let lookAt: number | null = 0;
			while (!this.#over) {
				if (this.#hasRoom && (this.#woken || (lookAt !== null && lookAt <= Date.now()))) {
					lookAt = await this.#claim();
				} else {
					const soon = lookAt !== null && lookAt - Date.now() <= this.#options.lingerMs;
					if (this.#running.size === 0 && !this.#woken && !soon) return false;
					await this.#something(this.#hasRoom && soon ? lookAt : null);
				}
			}
			return true;
		} finally {
			if (this.#over) this.#leases.abort();
			await Promise.all(this.#running);
			await this.#leases.close();
		}
	}

	get #over(): boolean {
		return this.#options.signal.aborted || Date.now() >= this.#endsAt;
	}

	// A claim for one job would favour whoever stands after the longest gap; a few at once are shared equally.
	get #hasRoom(): boolean {
		const { concurrency } = this.#options;
		return this.#running.size <= (concurrency * 3) / 4;
	}

	async #claim(): Promise<number | null> {
		this.#woken = false;
		this.#nudge = Promise.withResolvers();
		const { client, concurrency } = this.#options;
		const { data, error } = await client.rpc('claim_jobs', {
			max_jobs: concurrency - this.#running.size,
			lease_seconds: leaseSeconds
		});
		if (error) throw refusal(error);
		const { lease_id, jobs, next_due_seconds } = data as unknown as ClaimedJobs;
		for (const job of jobs) this.#start(job, lease_id);
		return next_due_seconds === null ? null : Date.now() + next_due_seconds * 1000;
	}

	#start(job: ClaimedJob, leaseId: string): void {
		const done = this.#do(job, leaseId)
			// The lease ends by itself, and the job is due again.
			.catch((error: unknown) => logError('job', error, { kind: job.kind, id: job.id }))
			.finally(() => this.#running.delete(done));
		this.#running.add(done);
	}

	async #do({ id, kind, payload }: ClaimedJob, leaseId: string): Promise<void> {
		const { client, mailer, registry } = this.#options;
		const lease = this.#leases.hold(leaseId, id);
		try {
			const run = registry[kind];
			if (!run) throw new Error(`There is no kind of job "${kind}".`);
			const context = { client, jobId: id, signal: lease.signal };
			await run(payload, { ...context, mailer: guardedMailer(mailer, client, id) });
			await this.#leases.complete(leaseId, id);
		} catch (error) {
			if (error instanceof JobPaused) {
				await this.#release(leaseId, id);
				return;
			}
			const failure = asJobFailure(error);
			logError('job', failure, { kind, id });
			const { error: refused } = await client.rpc('fail_job', {
				lease_id: leaseId,
				job_id: id,
				reason: failure.message,
				final: failure.final,
				...(failure.retryAfter === undefined ? {} : { retry_after: failure.retryAfter })
			});
			if (refused) throw refusal(refused);
			// It may be due again soon.
			this.wake();
		} finally {
			lease.drop();
		}
	}

	async #release(leaseId: string, id: string): Promise<void> {
		const { error } = await this.#options.client.rpc('release_jobs', {
			lease_id: leaseId,
			job_ids: [id]
		});
		if (error) throw refusal(error);
	}

	/** Waits for a job to end, a call, or a time. */
	async #something(at: number | null): Promise<void> {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const until = Math.min(at ?? Infinity, this.#endsAt) - Date.now();
		const time = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, Math.max(until, 0) + 5);
		});
		// Without room a call changes nothing, and waiting for one that came already would be no waiting.
		const calls = this.#hasRoom ? [this.#nudge.promise] : [];
		await Promise.race([...this.#running, ...calls, time]);
		clearTimeout(timer);
	}
}
