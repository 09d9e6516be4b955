import type postgres from 'postgres';

/** Everything that migrations can leave behind, one line each; not toast, which bears numbers that differ. */
const queries: Record<string, string> = {
	schemas: `select nspname, nspowner::regrole, nspacl::text from pg_namespace
		where nspname !~ '^pg_(toast|temp)'`,
	relations: `select oid::regclass, relkind, relowner::regrole, relacl::text, relrowsecurity,
		relforcerowsecurity, relreplident, reloptions::text, pg_get_viewdef(oid) from pg_class
		where relnamespace <> 'pg_toast'::regnamespace and relkind <> 'i'`,
	columns: `select attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
		attidentity, attgenerated, attacl::text, pg_get_expr(adbin, adrelid)
		from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
		where attnum > 0 and not attisdropped and attrelid >= 16384
			and attrelid::regclass::text !~ '^pg_toast'`,
	indexes: `select pg_get_indexdef(indexrelid), indisvalid, indisunique from pg_index
		where indexrelid >= 16384 and indrelid::regclass::text !~ '^pg_toast'`,
	constraints: `select conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(oid), convalidated
		from pg_constraint where oid >= 16384`,
	routines: `select oid::regprocedure, proowner::regrole, proacl::text, proconfig::text, prosecdef, provolatile,
		prokind, proparallel, proretset, prorettype::regtype, prosrc from pg_proc where oid >= 16384`,
	triggers: `select pg_get_triggerdef(oid), tgenabled from pg_trigger where not tgisinternal`,
	policies: `select polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[]::text,
		pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) from pg_policy`,
	types: `select oid::regtype, typtype, typowner::regrole, typacl::text,
		(select array_agg(enumlabel order by enumsortorder)::text from pg_enum where enumtypid = pg_type.oid)
		from pg_type where oid >= 16384 and typtype <> 'c'`,
	comments: `select (pg_identify_object(classoid, objoid, objsubid)).identity, description
		from pg_description where objoid >= 16384`,
	defaults: `select defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl::text
		from pg_default_acl`,
	extensions: `select extname, extnamespace::regnamespace, extversion from pg_extension`,
	publications: `select pubname, schemaname, tablename, attnames::text, rowfilter from pg_publication_tables`,
	rules: `select pg_get_ruledef(oid) from pg_rewrite where oid >= 16384`,
	event_triggers: `select evtname, evtevent, evtfoid::regproc, evtenabled from pg_event_trigger`,
	statistics: `select pg_get_statisticsobjdef(oid) from pg_statistic_ext`,
	roles: `select rolname, rolsuper, rolinherit, rolbypassrls, rolcanlogin, rolconfig::text from pg_roles`
};

/** The schema of a database as lines that two databases can be compared by. */
export async function schemaLines(sql: postgres.Sql): Promise<string[]> {
	const lines: string[] = [];
	for (const [kind, query] of Object.entries(queries)) {
		const rows = await sql.unsafe<{ line: string }[]>(
			`select '${kind} ' || row::text as line from (${query}) as row`
		);
		lines.push(...rows.map(({ line }) => line));
	}
	return lines.sort();
}
