import type { Job, JobList } from '@chatiq/contracts/jobs';
import { LiveList } from '#lib/lists/live-list.svelte.ts';
import type { ListedState } from './job-texts.ts';

export interface JobApi {
	list(organization: string, state: ListedState, before: string | null): Promise<JobList>;
	retry(id: string): Promise<Job>;
	discard(id: string): Promise<Job>;
}

interface JobQuery {
	organization: string;
	state: ListedState;
}

export const pageSize = 50;
const everyMs = 4_000;

/** The jobs of one organisation in one state, and how many there are in each. */
export class JobBoard extends LiveList<JobQuery, Job, JobList['counts']> {
	readonly #api: JobApi;

	constructor(api: JobApi) {
		super({
			everyMs,
			read: async ({ organization, state }, last) => {
				const before = state === 'dead' ? last?.ended_at : last?.created_at;
				const { jobs, counts } = await api.list(organization, state, before ?? null);
				return { rows: jobs, full: jobs.length === pageSize, note: counts };
			}
		});
		this.#api = api;
	}

	retry = (id: string) => this.done(id, () => this.#api.retry(id));
	discard = (id: string) => this.done(id, () => this.#api.discard(id));
}
