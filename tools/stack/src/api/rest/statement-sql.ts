import type { Format } from './media-type.ts';
import { updatedSetting } from './write-sql.ts';

/** The only row of a request's main statement. */
export type Answered = {
	/** All rows that match; null when nobody asked. */
	total: number | null;
	/** The rows shown. */
	shown: number;
	/** The rows written; null for reads. */
	written: number | null;
	/** Of those, the ones that an upsert found and changed. */
	updated: number;
	body: string;
	responseHeaders: string | null;
	responseStatus: string | null;
	/** The primary key of the row made, as filters. */
	location: Record<string, string> | null;
};

export type StatementParts = {
	/** Common table expressions before the shown rows, `name as (…)`. */
	before: string[];
	/** The rows shown. */
	source: string;
	/** SQL of a row per match; null when nobody asked. */
	count: string | null;
	/** Whether a CTE `pgrst_write` holds what was written. */
	writes: boolean;
	/** Whether rows are values rather than objects. */
	scalar: boolean;
	/** Whether the result is the only row, not an array of it. */
	single: boolean;
	/** Null leaves the body empty. */
	format: Format | null;
	located: boolean;
};

/** Everything an answer needs, in one statement that returns one row of text. */
export function statementSql(parts: StatementParts): string {
	const { before, source, count, writes, located } = parts;
	const tables = [...before, `pgrst_source as (${source})`];
	if (count !== null) tables.push(`pgrst_count as (${count})`);
	return `with ${tables.join(', ')} select ${[
		count === null ? 'null' : '(select count(*) from pgrst_count)',
		'count(pgrst_t)',
		writes ? '(select count(*) from pgrst_write)' : 'null',
		bodySql(parts),
		`nullif(current_setting('response.headers', true), '')`,
		`nullif(current_setting('response.status', true), '')`,
		writes ? `nullif(current_setting('${updatedSetting}', true), '')` : 'null',
		located ? locationSql : 'null'
	].join(', ')} from (select * from pgrst_source) as pgrst_t`;
}

const locationSql = `(select json_object_agg(key, 'eq.' || value) from json_each_text((select row_to_json(pgrst_write) from pgrst_write limit 1)))`;

export function readAnswer(row: (string | null)[]): Answered {
	const [total, shown, written, body, headers, status, updated, location] = row;
	return {
		total: total == null ? null : Number(total),
		shown: Number(shown),
		written: written == null ? null : Number(written),
		updated: Number(updated ?? 0),
		body: body ?? '',
		responseHeaders: headers ?? null,
		responseStatus: status ?? null,
		location: location == null ? null : (JSON.parse(location) as Record<string, string>)
	};
}

function bodySql({ format, scalar, single }: StatementParts): string {
	if (format === null) return `''`;
	if (format.kind === 'csv') return scalar ? csvOf('pgrst_scalar') : csvSql;
	const row = scalar ? 'pgrst_t.pgrst_scalar' : 'pgrst_t';
	const rows = `json_agg(${row})`;
	const stripped = format.stripNulls ? `json_strip_nulls(${rows})` : rows;
	return format.kind === 'object' || single
		? `coalesce((${stripped}->0)::text, 'null')`
		: `coalesce(${stripped}::text, '[]')`;
}

// A row as text is `(a,"b ""c""",)`: CSV in parentheses.
const csvSql = `(select coalesce(string_agg(pgrst_keys.key, ','), '') from (select json_object_keys(pgrst_first.first) as key from (select row_to_json(pgrst_source) as first from pgrst_source limit 1) as pgrst_first) as pgrst_keys) || E'\\n' || coalesce(string_agg(substring(pgrst_t::text, 2, length(pgrst_t::text) - 2), E'\\n'), '')`;

function csvOf(column: string): string {
	return `coalesce(string_agg(pgrst_t.${column}::text, E'\\n'), '')`;
}
