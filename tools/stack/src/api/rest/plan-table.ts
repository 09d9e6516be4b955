import { RestFailure } from './failure.ts';
import { parseQuery } from './parse-query.ts';
import { readPayload } from './payload.ts';
import type { Payload } from './payload.ts';
import { answerRead, contentLocation, readPlan, refusePlural, refuseTooMany } from './plan.ts';
import type { Outcome, Plan, Wish } from './plan.ts';
import { appliedPreferences } from './preferences.ts';
import type { Preferences } from './preferences.ts';
import type { Logic, Query } from './query.ts';
import { applyRange, contentRange } from './range.ts';
import { readSql, toSelect } from './read-sql.ts';
import { buildTree } from './read-tree.ts';
import type { ReadNode } from './read-tree.ts';
import type { Table } from './schema-cache.ts';
import { identifier, Parameters, qualified } from './sql.ts';
import { statementSql } from './statement-sql.ts';
import type { Answered } from './statement-sql.ts';
import { suggest } from './suggest.ts';
import { deleteSql, insertSql, returningSql, updateSql } from './write-sql.ts';

/** GET, HEAD, POST, PATCH, PUT or DELETE of a table or view. */
export function planTable(wish: Wish): Plan {
	const table = wish.cache.table(wish.schema, wish.name);
	if (table === undefined) throw unknownTable(wish);
	const query = parseQuery(wish.parameters, false);
	return wish.method === 'GET' || wish.method === 'HEAD'
		? planRead(wish, table, query)
		: planWrite(wish, table, query);
}

function planRead(wish: Wish, table: Table, query: Query): Plan {
	const node = buildTree(query, { table, name: table.name }, { ...wish, filterRoot: true });
	applyRange(node, wish.headers.get('range'));
	const plan = readPlan(wish, node, qualified(table), new Parameters(), {
		scalar: false,
		single: false
	});
	const applied = appliedPreferences(wish.preferences, ['count', 'handling', 'timezone']);
	return {
		...plan,
		readOnly: true,
		settings: [],
		undecided: false,
		answer(result, guess) {
			const outcome = answerRead(wish, node, result, guess);
			outcome.headers['content-location'] = contentLocation(`/${table.name}`, wish.parameters);
			if (applied !== '') outcome.headers['preference-applied'] = applied;
			return outcome;
		}
	};
}

type Write = { sql: string; payload: Payload | null; applied: (keyof Preferences)[] };

function planWrite(wish: Wish, table: Table, query: Query): Plan {
	const { preferences, format, maxRows } = wish;
	const node = buildTree(
		query,
		{ table, name: table.name },
		{ ...wish, maxRows: null, filterRoot: false }
	);
	const represented = preferences.return === 'representation';
	const located = preferences.return === 'headers-only' && wish.method === 'POST';
	const returning = represented
		? returningSql(table, node)
		: returningKey(table, located ? table.primaryKey : []);
	const parameters = new Parameters();
	const write = writeSql(wish, table, query, node, returning, parameters);
	const shown = { ...node, limit: node.limit ?? (represented ? maxRows : null) };
	const source = `pgrst_write as ${identifier(table.name)}`;
	const text = statementSql({
		...{ count: null, writes: true, scalar: false, single: false },
		before: [`pgrst_write as (${write.sql})`],
		source: represented
			? toSelect(readSql(shown, source, parameters))
			: 'select 1 from pgrst_write',
		format: represented ? format : null,
		located: located && table.primaryKey.length > 0
	});
	return {
		text,
		values: parameters.values,
		readOnly: false,
		settings: [],
		guessed: null,
		undecided:
			format.kind === 'object' || preferences.maxAffected !== null || wish.method === 'PUT',
		answer: (result) => answerWrite(wish, table, write, result)
	};
}

function writeSql(
	wish: Wish,
	table: Table,
	query: Query,
	node: ReadNode,
	returning: string,
	parameters: Parameters
): Write {
	const { preferences } = wish;
	const filters = rootLogic(query);
	if (wish.method === 'DELETE') {
		refuseUnfiltered('DELETE', filters);
		const sql = deleteSql(table, node, filters, returning, parameters);
		return { sql, payload: null, applied: ['maxAffected'] };
	}
	const payload = readPayload(wish.body, wish.contentType, query.columns);
	if (wish.method === 'PATCH') {
		const nothing = payload.keys.length === 0 || payload.rows.length === 0;
		if (nothing) {
			const none = `select * from ${qualified(table)} as ${identifier(table.name)} where false`;
			return { sql: none, payload, applied: ['maxAffected'] };
		}
		refuseUnfiltered('UPDATE', filters);
		const sql = updateSql(table, payload, node, filters, returning, parameters);
		return { sql, payload, applied: ['maxAffected'] };
	}
	if (wish.method === 'PUT') {
		refuseBadPut(table, query, payload);
		const merging = { resolution: 'merge-duplicates', missing: null } as const;
		const sql = insertSql(table, payload, query, merging, returning, parameters);
		return { sql, payload, applied: [] };
	}
	const resolves = table.primaryKey.length > 0 || query.onConflict !== null;
	const resolution = resolves ? preferences.resolution : null;
	const sql = insertSql(
		table,
		payload,
		query,
		{ ...preferences, resolution },
		returning,
		parameters
	);
	return { sql, payload, applied: resolves ? ['resolution', 'missing'] : ['missing'] };
}

function answerWrite(wish: Wish, table: Table, write: Write, result: Answered): Outcome {
	const { preferences, format, method } = wish;
	const written = result.written ?? 0;
	refusePlural(format, written);
	refuseTooMany(preferences, method === 'POST' ? 0 : written);
	if (method === 'PUT' && written !== 1) throw mismatchedPut();
	const represented = preferences.return === 'representation';
	const total = preferences.count === 'exact' ? written : null;
	const names: (keyof Preferences)[] = [
		...write.applied,
		'return',
		'count',
		'handling',
		'timezone'
	];
	const applied = appliedPreferences(preferences, names);
	const headers: Record<string, string> = {};
	if (method === 'PATCH') headers['content-range'] = contentRange(0, written, total);
	else if (method !== 'PUT') headers['content-range'] = `*/${total ?? '*'}`;
	if (represented) headers['content-type'] = format.contentType;
	if (applied !== '') headers['preference-applied'] = applied;
	if (result.location !== null) {
		const keys = new URLSearchParams(result.location).toString();
		headers.location = `/${table.name}?${keys}`;
	}
	return {
		status: statusOf(wish, result, write),
		body: represented ? result.body : null,
		headers
	};
}

function statusOf({ method, preferences }: Wish, result: Answered, write: Write): number {
	const written = result.written ?? 0;
	const made = written - result.updated > 0;
	if (method === 'POST') {
		const upsert = write.applied.includes('resolution') && preferences.resolution !== null;
		return upsert && !made ? 200 : 201;
	}
	if (method === 'PUT' && made) return 201;
	return preferences.return === 'representation' ? 200 : 204;
}

function returningKey(table: Table, columns: readonly string[]): string {
	if (columns.length === 0) return 'returning 1';
	const own = identifier(table.name);
	return `returning ${columns.map((name) => `${own}.${identifier(name)}`).join(', ')}`;
}

function rootLogic(query: Query): Logic[] {
	return [...query.filters, ...query.logic]
		.filter(({ path }) => path.length === 0)
		.map(({ what }) => what);
}

/** A hosted project loads pg-safeupdate for the API. */
function refuseUnfiltered(verb: string, filters: readonly Logic[]): void {
	if (filters.length > 0) return;
	throw new RestFailure(400, '21000', `${verb} requires a WHERE clause`);
}

function refuseBadPut(table: Table, query: Query, payload: Payload): void {
	if (query.limits.length > 0 || query.offsets.length > 0) {
		throw new RestFailure(
			400,
			'PGRST114',
			'limit/offset querystring parameters are not allowed for PUT'
		);
	}
	const wanted = new Map<string, string>();
	for (const { what: logic } of query.filters) {
		const { negated, operation, field } = logic;
		if (operation.kind === 'compare' && operation.operator === '=' && !negated) {
			wanted.set(field.name, operation.value);
		}
	}
	const keys = table.primaryKey;
	const exact = wanted.size === query.filters.length && wanted.size === keys.length;
	if (!exact || keys.length === 0 || query.logic.length > 0 || !keys.every((k) => wanted.has(k))) {
		throw new RestFailure(
			405,
			'PGRST105',
			"Filters must include all and only primary key columns with 'eq' operators"
		);
	}
	const [row] = payload.rows;
	if (payload.rows.length !== 1 || keys.some((key) => String(row?.[key]) !== wanted.get(key))) {
		throw mismatchedPut();
	}
}

function mismatchedPut(): RestFailure {
	return new RestFailure(
		400,
		'PGRST115',
		'Payload values do not match URL in primary key column(s)'
	);
}

function unknownTable({ cache, schema, name }: Wish): RestFailure {
	const similar = suggest(name, cache.tableNames(schema));
	return new RestFailure(
		404,
		'PGRST205',
		`Could not find the table '${schema}.${name}' in the schema cache`,
		{ hint: similar === null ? null : `Perhaps you meant the table '${schema}.${similar}'` }
	);
}
