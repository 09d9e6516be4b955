import type { AnyAST, IntrospectResult } from '@supabase/lite';
import type postgres from 'postgres';

/**
 * A value for a json or jsonb place. @supabase/lite guesses: it parses texts that look like JSON
 * and sends booleans as booleans. What this class holds goes into the database as it is.
 */
class JsonValue {
	readonly #value: unknown;

	constructor(value: unknown) {
		this.#value = value;
	}

	toJSON(): unknown {
		return this.#value;
	}
}

/** How the driver reads and writes types where it differs from PostgREST. */
export const driverTypes: Record<string, postgres.PostgresType> = {
	// As to_json writes them: PostgREST's form, and the one that embedded rows have.
	timestamptz: {
		to: 1184,
		from: [1184],
		serialize: (value: unknown) => value,
		parse: (text: string) => text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
	},
	timestamp: {
		to: 1114,
		from: [1114],
		serialize: (value: unknown) => value,
		parse: (text: string) => text.replace(' ', 'T')
	},
	numeric: { to: 1700, from: [1700], serialize: String, parse: parseNumeric },
	bytea: {
		to: 17,
		from: [17],
		serialize: (value: unknown) => value,
		parse: (text: string) => text
	},
	json: { to: 114, from: [114], serialize: serializeJson, parse: parseJson },
	jsonb: { to: 3802, from: [3802], serialize: serializeJson, parse: parseJson }
};

/** Makes values of a write, and arguments of a call, fit the types that the database declares. */
export function fitValues(ast: AnyAST, schema: IntrospectResult): AnyAST {
	if (ast.function !== undefined) return fitArguments(ast, ast.function, schema);
	if (ast.from === undefined || ast.values === undefined) return ast;
	const types = columnTypes(schema, ast.schema ?? 'public', ast.from);
	const fitRow = (row: object): object =>
		isRecord(row) ? mapValues(row, (column, value) => fit(value, types.get(column))) : row;
	return {
		...ast,
		values: Array.isArray(ast.values) ? ast.values.map(fitRow) : fitRow(ast.values)
	};
}

function fitArguments(ast: AnyAST, name: string, schema: IntrospectResult): AnyAST {
	// In a GET request every argument is a text that Postgres casts.
	if (ast.httpMethod === 'GET' || !isRecord(ast.args)) return ast;
	const given = Object.keys(ast.args);
	const candidates = (schema.functions ?? []).filter(
		(candidate) =>
			candidate.schema === (ast.schema ?? 'public') &&
			candidate.name === name &&
			given.every((argument) => candidate.arg_names.includes(argument))
	);
	const [only] = candidates;
	if (only === undefined || candidates.length > 1) return ast;
	const types = new Map(only.arg_names.map((argument, i) => [argument, only.arg_types[i] ?? '']));
	return {
		...ast,
		args: mapValues(ast.args, (argument, value) => fit(value, types.get(argument)))
	};
}

function fit(value: unknown, type: string | undefined): unknown {
	if (value === null || value === undefined || type === undefined) return value;
	if (type === 'json' || type === 'jsonb') return new JsonValue(value);
	return Array.isArray(value) ? arrayLiteral(value) : value;
}

/** `{"a","b"}`: unlike an array it needs no knowledge of the element type, which may be new. */
function arrayLiteral(values: readonly unknown[]): string {
	return `{${values.map(arrayElement).join(',')}}`;
}

function arrayElement(value: unknown): string {
	if (value === null || value === undefined) return 'NULL';
	if (Array.isArray(value)) return arrayLiteral(value);
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function columnTypes(schema: IntrospectResult, inSchema: string, table: string) {
	const columns = schema.columns.filter(
		(column) => column.table === table && column.schema === inSchema
	);
	return new Map(columns.map((column) => [column.name, column.pg_type ?? column.type]));
}

function serializeJson(value: unknown): string {
	// A string is JSON already: @supabase/lite stringifies, and so do we by JsonValue.
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseJson(text: string): unknown {
	return JSON.parse(text);
}

function parseNumeric(text: string): number | string {
	const number = Number(text);
	return Number.isFinite(number) ? number : text;
}

function mapValues(
	record: Record<string, unknown>,
	map: (key: string, value: unknown) => unknown
): Record<string, unknown> {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
