import type postgres from 'postgres';

interface NewJob {
	kind: string;
	payload?: Record<string, unknown>;
	organization?: string | null;
	key?: string;
}

/** Leaves a job as the product does; answers its id. */
export async function enqueue(sql: postgres.Sql, job: NewJob): Promise<string> {
	const { kind, payload = {}, organization = null, key = crypto.randomUUID() } = job;
	const [row] = await sql<{ id: string }[]>`
		select app.enqueue_job(${kind}, ${sql.json(payload as never)}, ${organization}, ${key}) as id`;
	if (!row) throw new Error('no job');
	return row.id;
}

export interface StoredJob {
	id: string;
	state: string;
	attempts: number;
	last_error: string | null;
}

export async function storedJob(sql: postgres.Sql, id: string): Promise<StoredJob | undefined> {
	const [row] = await sql<StoredJob[]>`
		select j.id, app.job_state(j) as state, j.attempts, j.last_error from private.jobs as j where j.id = ${id}`;
	return row;
}

/** As if the time of these jobs had come, and the schedule came by. */
export async function passTime(sql: postgres.Sql, organization: string): Promise<void> {
	await sql`
		update private.jobs set run_at = now()
		where organization_id = ${organization} and leased_until is null and finished_at is null and dead_at is null`;
	await sql`select app.sweep_jobs()`;
}

/** As if the leases of a worker that was killed had ended. */
export async function endLeases(sql: postgres.Sql, organization: string): Promise<void> {
	await sql`
		update private.jobs set run_at = now(), leased_until = now()
		where organization_id = ${organization} and leased_until is not null`;
	await sql`select app.sweep_jobs()`;
}
