import type { Job, JobList } from '@chatiq/contracts/jobs';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { ListedState } from './job-texts.ts';

export interface JobApi {
	list(organization: string, state: ListedState, before: string | null): Promise<JobList>;
	retry(id: string): Promise<Job>;
	discard(id: string): Promise<Job>;
}

export const pageSize = 50;
const everyMs = 4_000;

/** The jobs of one organisation in one state, refreshed while somebody looks. */
export class JobBoard {
	state = $state.raw<ListedState>('waiting');
	organization = $state.raw('');
	jobs = $state.raw<readonly Job[] | null>(null);
	counts = $state.raw<JobList['counts'] | null>(null);
	failure = $state.raw<FailureCode | null>(null);
	/** Jobs whose retry or discarding is under way. */
	busy = $state.raw<ReadonlySet<string>>(new Set());
	full = $state(false);

	readonly #api: JobApi;
	#asked = 0;
	#pages = 1;

	constructor(api: JobApi) {
		this.#api = api;
	}

	async show(organization: string, state: ListedState): Promise<void> {
		if (organization !== this.organization || state !== this.state) this.jobs = null;
		if (organization !== this.organization) this.counts = null;
		this.organization = organization;
		this.state = state;
		this.#pages = 1;
		await this.refresh();
	}

	/** Shows the next page too. */
	async more(): Promise<void> {
		this.#pages++;
		await this.refresh();
	}

	async refresh(): Promise<void> {
		const asked = ++this.#asked;
		try {
			const { jobs, counts, full } = await this.#read();
			// Another list was chosen meanwhile.
			if (asked !== this.#asked) return;
			[this.jobs, this.counts, this.full, this.failure] = [jobs, counts, full, null];
		} catch (error) {
			if (asked !== this.#asked) return;
			this.failure = codeOf(error);
		}
	}

	retry(id: string): Promise<FailureCode | null> {
		return this.#change(id, (job) => this.#api.retry(job));
	}

	discard(id: string): Promise<FailureCode | null> {
		return this.#change(id, (job) => this.#api.discard(job));
	}

	/** Refreshes while the page is visible; call the result to stop. */
	connect(): () => void {
		const look = () => {
			if (document.visibilityState === 'visible') void this.refresh();
		};
		const timer = setInterval(look, everyMs);
		document.addEventListener('visibilitychange', look);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', look);
		};
	}

	async #read(): Promise<JobList & { full: boolean }> {
		const jobs: Job[] = [];
		for (let page = 0; ; page++) {
			const last = jobs.at(-1);
			const before = last ? (this.state === 'dead' ? last.ended_at : last.created_at) : null;
			const list = await this.#api.list(this.organization, this.state, before);
			jobs.push(...list.jobs);
			const full = list.jobs.length === pageSize;
			if (!full || page + 1 >= this.#pages) return { jobs, counts: list.counts, full };
		}
	}

	async #change(id: string, call: (id: string) => Promise<Job>): Promise<FailureCode | null> {
		this.busy = new Set([...this.busy, id]);
		try {
			await call(id);
			await this.refresh();
			return null;
		} catch (error) {
			return codeOf(error);
		} finally {
			this.busy = new Set([...this.busy].filter((other) => other !== id));
		}
	}
}
