import type { Column } from './schema-cache.ts';

export type CatalogTable = {
	oid: number;
	schema: string;
	name: string;
	columns: Column[];
	primary_key: string[];
	primary_key_numbers: number[];
	/** Column numbers of every unique index that covers all rows. */
	unique_keys: number[][];
};

export type CatalogForeignKey = {
	name: string;
	table: number;
	columns: number[];
	referenced: number;
	referenced_columns: number[];
};

export type CatalogFunction = {
	schema: string;
	name: string;
	types: string[];
	names: string[] | null;
	modes: string[] | null;
	defaults: number;
	/** The relation whose row the only argument is; 0 for none. A computed column or relationship. */
	argument_relation: number;
	returned_relation: number;
	returns_void: boolean;
	returns_row: boolean;
	returns_set: boolean;
	/** PostgREST takes `rows 1` of a computed relationship for "one". */
	rows: number;
	volatile: boolean;
	settings: string[] | null;
};

export type Catalog = {
	tables: CatalogTable[];
	foreign_keys: CatalogForeignKey[];
	views: { oid: number; definition: string }[];
	functions: CatalogFunction[];
};

/** The exposed schemas in one row of JSON; $1 names them. */
export const catalogQuery = `
with relations as (
	select c.oid, n.nspname, c.relname, c.relkind
	from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname = any ($1::text[])
), columns as (
	select a.attrelid, jsonb_agg(jsonb_build_object(
		'name', a.attname,
		'number', a.attnum,
		'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
		'default', case
			when a.attidentity = 'd' then format(
				'nextval(%L)', pg_catalog.pg_get_serial_sequence(a.attrelid::regclass::text, a.attname))
			when a.attidentity = '' and a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid)
		end,
		'composite', t.typtype = 'c' or t.typcategory = 'A'
	) order by a.attnum) as columns
	from pg_catalog.pg_attribute a
	join pg_catalog.pg_type t on t.oid = a.atttypid
	left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	where a.attnum > 0 and not a.attisdropped and a.attrelid in (select oid from relations)
	group by a.attrelid
), keys as (
	select i.indrelid,
		jsonb_agg(k.numbers) filter (where i.indpred is null and i.indexprs is null) as unique_keys,
		max(k.names::text) filter (where i.indisprimary) as primary_key,
		max(k.numbers::text) filter (where i.indisprimary) as primary_key_numbers
	from pg_catalog.pg_index i
	cross join lateral (
		select jsonb_agg(key.number order by key.at) as numbers,
			jsonb_agg(a.attname order by key.at) as names
		from unnest(i.indkey::int2[]) with ordinality as key (number, at)
		left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number
		where key.at <= i.indnkeyatts
	) k
	where i.indisunique
	group by i.indrelid
)
select jsonb_build_object(
	'tables', (select coalesce(jsonb_agg(jsonb_build_object(
			'oid', r.oid::int8, 'schema', r.nspname, 'name', r.relname,
			'columns', coalesce(c.columns, '[]'),
			'primary_key', coalesce(k.primary_key::jsonb, '[]'),
			'primary_key_numbers', coalesce(k.primary_key_numbers::jsonb, '[]'),
			'unique_keys', coalesce(k.unique_keys, '[]')
		)), '[]')
		from relations r left join columns c on c.attrelid = r.oid left join keys k on k.indrelid = r.oid),
	'foreign_keys', (select coalesce(jsonb_agg(jsonb_build_object(
			'name', conname, 'table', conrelid::int8, 'columns', conkey,
			'referenced', confrelid::int8, 'referenced_columns', confkey
		) order by conname), '[]')
		from pg_catalog.pg_constraint where contype = 'f' and conparentid = 0),
	'views', (select coalesce(jsonb_agg(jsonb_build_object(
			'oid', w.ev_class::int8, 'definition', w.ev_action::text
		)), '[]')
		from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class
		where r.relkind in ('v', 'm') and w.rulename = '_RETURN'),
	'functions', (select coalesce(jsonb_agg(jsonb_build_object(
			'schema', n.nspname, 'name', p.proname,
			'types', array(select pg_catalog.format_type(u.type, null)
				from unnest(p.proargtypes::oid[]) with ordinality as u (type, at) order by u.at),
			'names', p.proargnames, 'modes', p.proargmodes::text[], 'defaults', p.pronargdefaults,
			'argument_relation', case when p.pronargs = 1 then coalesce(
				(select a.typrelid::int8 from pg_catalog.pg_type a where a.oid = p.proargtypes[0]), 0) else 0 end,
			'returned_relation', t.typrelid::int8,
			'returns_void', t.oid = 'void'::regtype,
			'returns_row', t.typtype = 'c' or t.oid = 'record'::regtype,
			'returns_set', p.proretset, 'rows', p.prorows,
			'volatile', p.provolatile = 'v', 'settings', p.proconfig
		) order by p.oid), '[]')
		from pg_catalog.pg_proc p
		join pg_catalog.pg_namespace n on n.oid = p.pronamespace
		join pg_catalog.pg_type t on t.oid = p.prorettype
		where p.prokind = 'f' and n.nspname = any ($1::text[])
			and t.oid not in ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype))
) as catalog`;
