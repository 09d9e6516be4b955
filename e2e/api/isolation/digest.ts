import { createHash } from 'node:crypto';
import type { World } from './world.ts';

/** Every row of the organisation in every table, as one hash each: whatever an attack changed shows. */
export async function digest(
	{ sql }: World,
	organization: string
): Promise<Record<string, string>> {
	const tables = await sql<{ schema: string; name: string }[]>`
		select relnamespace::regnamespace::text as schema, relname as name
		from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'organization_id'
		where relnamespace::regnamespace::text in ('public', 'private') and relkind in ('r', 'p')
		order by 1, 2`;
	const hashes = await Promise.all(
		tables.map(async ({ schema, name }) => {
			const rows = await sql<{ row: string }[]>`
				select to_jsonb(t)::text as row from ${sql(schema)}.${sql(name)} as t
				where organization_id = ${organization} order by 1`;
			return [`${schema}.${name}`, hash(rows.map(({ row }) => row))] as const;
		})
	);
	const own = await sql<{ row: string }[]>`
		select to_jsonb(t)::text as row from public.organizations as t where id = ${organization}
		union all
		select to_jsonb(t)::text from public.profiles as t
		join public.memberships on user_id = t.id and organization_id = ${organization} order by 1`;
	return { ...Object.fromEntries(hashes), own: hash(own.map(({ row }) => row)) };
}

function hash(rows: string[]): string {
	return `${rows.length} rows ${createHash('sha256').update(rows.join('\n')).digest('hex').slice(0, 12)}`;
}
