import { RestFailure } from './failure.ts';
import { logicSql } from './filter-sql.ts';
import type { Payload } from './payload.ts';
import type { Preferences } from './preferences.ts';
import type { Field, Logic, OrderTerm, Query } from './query.ts';
import type { ReadNode } from './read-tree.ts';
import type { Table } from './schema-cache.ts';
import { identifier, qualified } from './sql.ts';
import type { Parameters } from './sql.ts';

/** Counts the rows that an upsert changed instead of making. */
export const updatedSetting = 'pgrst.updated';

export function insertSql(
	table: Table,
	payload: Payload,
	query: Query,
	preferences: Pick<Preferences, 'resolution' | 'missing'>,
	returning: string,
	parameters: Parameters
): string {
	const columns = columnsOf(table, payload.keys);
	const names = columns.map(({ name }) => identifier(name)).join(', ');
	const into = `insert into ${qualified(table)}`;
	const conflict = conflictSql(table, payload.keys, query.onConflict, preferences.resolution);
	if (columns.length === 0) {
		// `default values` makes one row; an empty array means none.
		if (payload.rows.length === 0) return `${into} select where false${conflict} ${returning}`;
		return `${into} default values${conflict} ${returning}`;
	}
	const body = bodySql(payload, columns, preferences.missing === 'default', parameters);
	return `${into} (${names}) select ${names} from ${body}${conflict} ${returning}`;
}

export function updateSql(
	table: Table,
	payload: Payload,
	node: ReadNode,
	filters: readonly Logic[],
	returning: string,
	parameters: Parameters
): string {
	const columns = columnsOf(table, payload.keys);
	const assign = columns.map(({ name }) => `${identifier(name)} = pgrst_body.${identifier(name)}`);
	const body = bodySql(payload, columns, false, parameters);
	return `update ${qualified(table)} set ${assign.join(', ')} from (select * from ${body} limit 1) as pgrst_body${whereSql(node, filters, parameters)} ${returning}`;
}

export function deleteSql(
	table: Table,
	node: ReadNode,
	filters: readonly Logic[],
	returning: string,
	parameters: Parameters
): string {
	return `delete from ${qualified(table)}${whereSql(node, filters, parameters)} ${returning}`;
}

function whereSql(node: ReadNode, filters: readonly Logic[], parameters: Parameters): string {
	const conditions = filters.map((logic) => logicSql(node, logic, parameters));
	return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

type WrittenColumn = { name: string; type: string; default: string | null };

function columnsOf(table: Table, keys: readonly string[]): WrittenColumn[] {
	return keys.map((name) => {
		const column = table.columns.get(name);
		if (column !== undefined) return column;
		throw new RestFailure(
			400,
			'PGRST204',
			`Could not find the '${name}' column of '${table.name}' in the schema cache`
		);
	});
}

function bodySql(
	{ json }: Payload,
	columns: readonly WrittenColumn[],
	fillDefaults: boolean,
	parameters: Parameters
): string {
	const types = columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ');
	const body = parameters.add(json);
	const defaults = columns.flatMap((column) =>
		column.default === null ? [] : [`'${column.name.replaceAll("'", "''")}', ${column.default}`]
	);
	if (!fillDefaults || defaults.length === 0) {
		return `json_to_recordset(${body}::json) as pgrst_body(${types})`;
	}
	const filled = `select jsonb_agg(jsonb_build_object(${defaults.join(', ')}) || element) as filled from jsonb_array_elements(${body}::jsonb) as element`;
	return `(${filled}) as pgrst_filled, jsonb_to_recordset(filled) as pgrst_body(${types})`;
}

function conflictSql(
	table: Table,
	keys: readonly string[],
	onConflict: readonly string[] | null,
	resolution: Preferences['resolution']
): string {
	const target = onConflict ?? table.primaryKey;
	if (resolution === null || target.length === 0) return '';
	const on = ` on conflict (${target.map(identifier).join(', ')})`;
	if (resolution === 'ignore-duplicates' || keys.length === 0) return `${on} do nothing`;
	const assign = keys.map((name) => `${identifier(name)} = excluded.${identifier(name)}`);
	const count = `set_config('${updatedSetting}', (coalesce(nullif(current_setting('${updatedSetting}', true), ''), '0')::int + 1)::text, true) <> ''`;
	return `${on} do update set ${assign.join(', ')} where ${count}`;
}

/** The columns that the answer needs: a caller may not be allowed to read the others. */
export function returningSql(table: Table, node: ReadNode): string {
	const own = identifier(table.name);
	const names = new Set<string>();
	const add = ({ name }: Field) => names.add(name);
	for (const { field, aggregate } of node.fields) if (aggregate === null) add(field);
	for (const { field, relation } of node.order satisfies OrderTerm[])
		if (relation === null) add(field);
	for (const { relationship } of node.embeds) {
		for (const [name] of relationship.junction?.own ?? relationship.columns) names.add(name);
		if (relationship.function !== null) names.add('*');
	}
	if (names.has('*')) names.forEach((name) => table.columns.has(name) && names.delete(name));
	if (names.size === 0) return 'returning 1';
	const columns = [...names].map((name) => `${own}.${name === '*' ? '*' : identifier(name)}`);
	return `returning ${columns.join(', ')}`;
}
