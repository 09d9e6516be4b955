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
				and ('public' = any (roles) or cmd = 'ALL')`),

	'has one policy per role and command': (sql) =>
		names(sql`
			select tablename || ': ' || cmd || ' for ' || role as name
			from pg_policies, unnest(roles) as role
			where schemaname = any (${ours})
			group by tablename, cmd, role having count(*) > 1`),

	'finds the rows of every policy by an index': (sql) =>
		names(sql`
			select polrelid::regclass || ': ' || polname as name from pg_policy
			join pg_class on pg_class.oid = polrelid
			where relnamespace::regnamespace::text = any (${ours}) and not exists (
				select from pg_depend
				join pg_index on indrelid = polrelid and indkey[0] = refobjsubid and indpred is null
				where classid = 'pg_policy'::regclass and objid = pg_policy.oid
					and refclassid = 'pg_class'::regclass and refobjid = polrelid
			)`),

	'finds the rows of every foreign key by an index': (sql) =>
		names(sql`
			select conrelid::regclass || ': ' || conname as name from pg_constraint
			where contype = 'f' and connamespace::regnamespace::text = any (${ours}) and not exists (
				select from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
				where indrelid = conrelid and indkey[0] = any (conkey)
					-- A key that is null refers to nothing.
					and (indpred is null or pg_get_expr(indpred, indrelid) = '(' || attname || ' IS NOT NULL)')
			)`),

	'pins the search path of every function': (sql) =>
		names(sql`
			select oid::regprocedure::text as name from pg_proc
			where pronamespace::regnamespace::text = any (${ours})
				and not coalesce(proconfig @> array['search_path=""'], false)`),

	'says what every function of the API is for': (sql) =>
		names(sql`
			select oid::regprocedure::text as name from pg_proc
			where pronamespace = 'public'::regnamespace
				and coalesce(obj_description(oid, 'pg_proc'), '') = ''`),

	'grants nothing to everybody': (sql) =>
		names(sql`
			select oid::regprocedure::text as name
			from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as granted
			where pronamespace::regnamespace::text = any (${ours}) and granted.grantee = 0
			union all
			select oid::regclass::text from pg_class, aclexplode(relacl) as granted
			where relnamespace::regnamespace::text = any (${ours}) and granted.grantee = 0`),

	'answers two inserts of one row at once: where two unique keys meet the same row, "on conflict" names none':
		(sql) =>
			names(sql`
			select distinct oid::regprocedure || ': ' || insert[1] as name
			from pg_proc, regexp_matches(
				prosrc, 'insert into (\\S+)(?:(?!insert into).)*?on conflict (?:on constraint (\\w+)|\\((\\w+(?:, \\w+)*)\\))', 'g'
			) as insert
			where pronamespace::regnamespace::text = any (${ours}) and (
				select count(*) from pg_index where indisunique and indrelid = to_regclass(insert[1]) and (
					select array_agg(attname::text) from pg_attribute where attrelid = indrelid and attnum = any (indkey)
				) @> coalesce(string_to_array(insert[3], ', '), (
					select array_agg(attname::text) from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any (conkey)
					where conname = insert[2] and conrelid = to_regclass(insert[1])
				))
			) > 1`),

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

export function differences(kind: string, matrix: string[], catalogue: string[]): string[] {
	return [
		...catalogue
			.filter((name) => !matrix.includes(name))
			.map((name) => `${kind} ${name} has no cells`),
		...matrix.filter((name) => !catalogue.includes(name)).map((name) => `no ${kind} ${name}`)
	];
}
