/** Where a job is; `failed` means that another try follows, `dead` that none does. */
export const jobStates = ['waiting', 'running', 'failed', 'dead', 'done', 'discarded'] as const;
export type JobState = (typeof jobStates)[number];

/** What an admin sees of a job. Its payload stays in the database. */
export interface Job {
	id: string;
	kind: string;
	state: JobState;
	attempts: number;
	max_attempts: number;
	/** When it is due, or due again. */
	run_at: string;
	created_at: string;
	ended_at: string | null;
	last_error: string | null;
	site_id: string | null;
	conversation_id: string | null;
}

/** Answer of `list_jobs`. */
export interface JobList {
	/** 1,000 stands for that many or more. */
	counts: Record<'waiting' | 'running' | 'failed' | 'dead', number>;
	jobs: Job[];
}

/** Answer of `claim_jobs`. */
export interface ClaimedJobs {
	lease_id: string;
	jobs: { id: string; kind: string; payload: unknown; attempts: number }[];
	/** When it is worth asking again; null when nothing waits. */
	next_due_seconds: number | null;
}
