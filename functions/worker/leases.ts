import { logError } from '../_shared/log.ts';
import { refusal, type ServiceClient } from '../_shared/database.ts';

/** A job of a worker that died is free again after this. */
export const leaseSeconds = 30;
const renewEveryMs = 10_000;

interface Held {
	leaseId: string;
	controller: AbortController;
}

interface Done {
	leaseId: string;
	id: string;
	told: () => void;
	failed: (error: unknown) => void;
}

/** Holds the jobs under way, and tells those that are done together. */
export class Leases {
	readonly #client: ServiceClient;
	readonly #held = new Map<string, Held>();
	readonly #timer: ReturnType<typeof setInterval>;
	#done: Done[] = [];
	#telling: Promise<void> | null = null;

	constructor(client: ServiceClient) {
		this.#client = client;
		this.#timer = setInterval(() => void this.#renew(), renewEveryMs);
	}

	hold(leaseId: string, id: string): { signal: AbortSignal; drop: () => void } {
		const controller = new AbortController();
		this.#held.set(id, { leaseId, controller });
		return { signal: controller.signal, drop: () => this.#held.delete(id) };
	}

	/** Many jobs end while one answer travels: they go together with the next request. */
	complete(leaseId: string, id: string): Promise<void> {
		return new Promise((told, failed) => {
			this.#done.push({ leaseId, id, told, failed });
			this.#telling ??= this.#tell().finally(() => (this.#telling = null));
		});
	}

	/** Those under way should come to an end. */
	abort(): void {
		for (const { controller } of this.#held.values()) controller.abort();
	}

	async close(): Promise<void> {
		clearInterval(this.#timer);
		await this.#telling;
	}

	async #tell(): Promise<void> {
		while (this.#done.length > 0) {
			const groups = Map.groupBy(this.#done, (job) => job.leaseId);
			this.#done = [];
			await Promise.all([...groups].map(([leaseId, jobs]) => this.#tellGroup(leaseId, jobs)));
		}
	}

	async #tellGroup(lease_id: string, jobs: Done[]): Promise<void> {
		const { error } = await this.#client.rpc('complete_jobs', {
			lease_id,
			job_ids: jobs.map((job) => job.id)
		});
		for (const { told, failed } of jobs)
			if (error) failed(refusal(error));
			else told();
	}

	async #renew(): Promise<void> {
		for (const [lease_id, jobs] of Map.groupBy(this.#held, ([, held]) => held.leaseId)) {
			const { data, error } = await this.#client.rpc('extend_jobs', {
				lease_id,
				job_ids: jobs.map(([id]) => id),
				lease_seconds: leaseSeconds
			});
			if (error) {
				// The next round tries again; two fit into a lease.
				logError('lease', error);
				continue;
			}
			for (const [id, { controller }] of jobs) if (!data.includes(id)) controller.abort();
		}
	}
}
