import type { AnyAST, IntrospectResult } from '@supabase/lite';

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

function mapValues(
	record: Record<string, unknown>,
	map: (key: string, value: unknown) => unknown
): Record<string, unknown> {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
