import type { World } from './world.ts';

/** What our own workers write on their own time. */
const restless: Record<string, string[]> = {
	'private.jobs': [
		...['run_at', 'lease_id', 'leased_until', 'attempts', 'last_error'],
		...['finished_at', 'dead_at']
	],
	'public.exports': [
		...['state', 'total', 'done', 'round', 'section', 'position'],
		...['files', 'finished_at', 'expires_at']
	],
	'public.webhooks': ['failing_since', 'updated_at'],
	'public.webhook_deliveries': [
		...['status', 'attempts', 'next_attempt_at', 'last_attempt_at', 'response_code'],
		...['response_excerpt', 'last_error', 'delivered_at', 'runner', 'latency_ms']
	]
};

/** Jobs by which the worker tries again what a customer's server did not take; a try that somebody causes has another key. */
const retries = ':late:|:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9]+:';

/** Every row of both organisations in every table, as one hash per table: whatever an attack changed shows. */
export async function digest({ sql, a, b }: World): Promise<Record<string, string>> {
	const tables = await sql<{ name: string }[]>`
		select relnamespace::regnamespace || '.' || relname as name
		from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'organization_id'
		where relnamespace::regnamespace::text in ('public', 'private') and relkind in ('r', 'p')
		order by 1`;
	const ours = sql`${sql.array([a.organization, b.organization])}::uuid[]`;
	const hashOf = (name: string, rows: ReturnType<typeof sql>) => sql`
		select ${name}::text as name, count(*) || ' rows ' || coalesce(left(md5(string_agg(row, ',' order by row)), 12), '') as hash
		from (${rows}) as rows (row)`;
	const hashes = await sql<{ name: string; hash: string }[]>`${[
		hashOf(
			'organizations',
			sql`select to_jsonb(t)::text from public.organizations as t where id = any (${ours})`
		),
		hashOf(
			'profiles',
			sql`select distinct to_jsonb(t)::text from public.profiles as t
				join public.memberships on user_id = t.id where organization_id = any (${ours})`
		),
		...tables.map(({ name }) =>
			hashOf(
				name,
				sql`select (to_jsonb(t) - ${restless[name] ?? []}::text[])::text from ${sql(name)} as t
					where organization_id = any (${ours})
					${name === 'private.jobs' ? sql`and (kind <> 'deliver_webhooks' or dedupe_key !~ ${retries})` : sql``}`
			)
		)
	].flatMap((part, place) => (place === 0 ? [part] : [sql`union all`, part]))}`;
	return Object.fromEntries(hashes.map(({ name, hash }) => [name, hash]));
}

/** What the worker has still to do: it would change rows while nobody attacks. */
export async function dueJobs({ sql, a, b }: World): Promise<string[]> {
	const rows = await sql<{ kind: string }[]>`
		select kind from private.jobs
		where organization_id in (${a.organization}, ${b.organization}) and finished_at is null and dead_at is null
			and (run_at <= now() or leased_until is not null)`;
	return rows.map(({ kind }) => kind);
}
