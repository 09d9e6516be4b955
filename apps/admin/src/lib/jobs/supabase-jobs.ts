import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import type { Job, JobList } from '@chatiq/contracts/jobs';
import { failureOf } from '#lib/inbox/failure.ts';
import { pageSize, type JobApi } from './job-board.svelte.ts';

/** docs/api.md says what these functions answer; the generated types only know that it is JSON. */
export function supabaseJobs(rest: () => PostgrestClient<Database>): JobApi {
	return {
		async list(organization_id, state, before) {
			const { data, error, status } = await rest().rpc('list_jobs', {
				...{ organization_id, state, max_rows: pageSize },
				...(before === null ? {} : { before })
			});
			if (error) throw failureOf({ status, error });
			return data as unknown as JobList;
		},
		async retry(job_id) {
			const { data, error, status } = await rest().rpc('retry_job', { job_id });
			if (error) throw failureOf({ status, error });
			return data as unknown as Job;
		},
		async discard(job_id) {
			const { data, error, status } = await rest().rpc('discard_job', { job_id });
			if (error) throw failureOf({ status, error });
			return data as unknown as Job;
		}
	};
}
