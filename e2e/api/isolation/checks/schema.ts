import type postgres from 'postgres';
import type { Catalogue } from '../catalogue.ts';
import { buckets, functions, tables } from '../matrix.ts';

const ours = ['public', 'app', 'private'];

type Names = Promise<string[]>;

/** What no schema of ours may have, by sentences that say what it must have; each answers the offenders. */
export const schemaRules: Record<string, (sql: postgres.Sql) => Names> = {
	'has row-level security on every table, also on those no client reaches': (sql) =>
		names(sql`
			select oid::regclass::text as name from pg_class
			where relnamespace::regnamespace::text = any (${ours})
				and relkind in ('r', 'p') and not relrowsecurity`),

	'has policies that say for whom, one per command': (sql) =>
		names(sql`
			select tablename || ': ' || policyname as name from pg_policies
			where schemaname = any (${[...ours, 'realtime', 'storage']})
				and (roles = '{public}' or cmd = 'ALL')`),

	'pins the search path of every function': (sql) =>
		names(sql`
			select oid::regprocedure::text as name from pg_proc
			where pronamespace::regnamespace::text = any (${ours})
				and not coalesce(proconfig @> array['search_path=""'], false)`),

	'has views that obey the rights of whoever reads them': (sql) =>
		names(sql`
			select oid::regclass::text as name from pg_class
			where relnamespace::regnamespace::text = any (${ours}) and relkind in ('v', 'm')
				and not coalesce(reloptions @> array['security_invoker=true'], false)`),

	'gives no role of the API anything in private': (sql) =>
		names(sql`
			select role || ': ' || nspname as name
			from pg_namespace, unnest(array['anon', 'authenticated', 'service_role']) as role
			where nspname = 'private' and has_schema_privilege(role, oid, 'usage')`)
};

async function names(query: postgres.PendingQuery<postgres.Row[]>): Names {
	return (await query).map((row) => String(row['name']));
}

/** Objects without cells, and cells without an object. */
export function unmatched(catalogue: Catalogue): string[] {
	const bucketNames = catalogue.buckets.map(({ id }) => id);
	return [
		...differences('table', Object.keys(tables), catalogue.relations),
		...differences('function', Object.keys(functions), catalogue.functions),
		...differences('bucket', Object.keys(buckets), bucketNames)
	];
}

function differences(kind: string, matrix: string[], catalogue: string[]): string[] {
	return [
		...catalogue
			.filter((name) => !matrix.includes(name))
			.map((name) => `${kind} ${name} has no cells`),
		...matrix.filter((name) => !catalogue.includes(name)).map((name) => `no ${kind} ${name}`)
	];
}
