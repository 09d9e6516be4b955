import type postgres from 'postgres';

export interface Column {
	name: string;
	/** Postgres computes it: nobody writes it. */
	generated: boolean;
	/** Part of the primary key. */
	key: boolean;
	/** Part of a foreign key. */
	reference: boolean;
	type: string;
}

export interface Table {
	name: string;
	columns: Column[];
}

export interface ForeignKey {
	name: string;
	from: string;
	to: string;
}

export interface Catalogue {
	tables: Map<string, Table>;
	/** Tables and views, names only. */
	relations: string[];
	functions: string[];
	buckets: { id: string; public: boolean }[];
	foreignKeys: ForeignKey[];
}

/** Everything that the API shows, as Postgres knows it. */
export async function readCatalogue(sql: postgres.Sql): Promise<Catalogue> {
	const [columns, functions, buckets, foreignKeys] = await Promise.all([
		readColumns(sql),
		sql<{ name: string }[]>`
			select distinct proname as name from pg_proc
			where pronamespace = 'public'::regnamespace order by 1`,
		sql<{ id: string; public: boolean }[]>`select id, public from storage.buckets`,
		sql<ForeignKey[]>`
			select constraints.conname as name, source.relname as "from", target.relname as "to"
			from pg_constraint as constraints
			join pg_class as source on source.oid = constraints.conrelid
			join pg_class as target on target.oid = constraints.confrelid
			where constraints.contype = 'f' and source.relnamespace = 'public'::regnamespace`
	]);
	const tables = new Map<string, Table>();
	for (const { table, ...column } of columns) {
		const known = tables.get(table) ?? { name: table, columns: [] };
		known.columns.push(column);
		tables.set(table, known);
	}
	return {
		tables,
		relations: [...tables.keys()].sort(),
		functions: functions.map(({ name }) => name),
		buckets: [...buckets],
		foreignKeys: [...foreignKeys]
	};
}

function readColumns(sql: postgres.Sql): Promise<(Column & { table: string })[]> {
	return sql<(Column & { table: string })[]>`
		select relation.relname as "table", attribute.attname as name,
			attribute.attgenerated <> '' or attribute.attidentity = 'a' as generated,
			exists (
				select from pg_constraint where conrelid = relation.oid and contype = 'p' and attnum = any (conkey)
			) as key,
			exists (
				select from pg_constraint where conrelid = relation.oid and contype = 'f' and attnum = any (conkey)
			) as reference,
			format_type(atttypid, null) as type
		from pg_class as relation
		join pg_attribute as attribute on attribute.attrelid = relation.oid
		where relation.relnamespace = 'public'::regnamespace
			and relation.relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0 and not attisdropped
		order by relation.relname, attnum`;
}
