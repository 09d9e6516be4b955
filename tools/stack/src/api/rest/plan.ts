import { RestFailure } from './failure.ts';
import type { Format } from './media-type.ts';
import type { Preferences } from './preferences.ts';
import { contentRange, rangeStatus } from './range.ts';
import { readSql, toCount, toSelect } from './read-sql.ts';
import type { ReadNode } from './read-tree.ts';
import type { SchemaCache } from './schema-cache.ts';
import type { Parameters } from './sql.ts';
import { statementSql } from './statement-sql.ts';
import type { Answered, StatementParts } from './statement-sql.ts';

/** A request that was understood, as far as it does not depend on what it asks for. */
export type Wish = {
	method: string;
	schema: string;
	name: string;
	parameters: URLSearchParams;
	headers: Headers;
	body: string;
	contentType: string;
	preferences: Preferences;
	format: Format;
	cache: SchemaCache;
	maxRows: number | null;
	aggregates: boolean;
};

/** What to run, and how its result is answered. */
export type Plan = {
	text: string;
	values: readonly (string | null)[];
	readOnly: boolean;
	settings: [name: string, value: string][];
	/** For `count=planned` and `estimated`: the query whose rows Postgres shall guess. */
	guessed: string | null;
	/** Whether the answer decides if the transaction is kept. */
	undecided: boolean;
	/** Throws what must not be kept. */
	answer: (result: Answered, guess: number | null) => Outcome;
};

export type Outcome = { status: number; body: string | null; headers: Record<string, string> };

/** The shown rows of `source`, and the statement that counts all of them. */
export function readPlan(
	wish: Wish,
	node: ReadNode,
	source: string,
	parameters: Parameters,
	parts: Pick<StatementParts, 'scalar' | 'single'>
): Omit<Plan, 'readOnly' | 'settings' | 'undecided' | 'answer'> {
	const { preferences, method, format, maxRows } = wish;
	const sql = readSql(node, source, parameters);
	const all = toCount(node, sql, source);
	// An estimate counts what it can afford, and guesses beyond that.
	const cut = preferences.count === 'estimated' && maxRows !== null ? ` limit ${maxRows + 1}` : '';
	const counts = preferences.count === 'exact' || preferences.count === 'estimated';
	const text = statementSql({
		...{ before: [], writes: false, located: false, ...parts },
		source: toSelect(sql),
		count: counts ? all + cut : null,
		format: method === 'HEAD' ? null : format
	});
	const guessed = preferences.count === 'exact' || preferences.count === null ? null : all;
	return { text, values: parameters.values, guessed };
}

/** The answer to a read: rows, their range, and 416 or 206 where they are not all. */
export function answerRead(
	wish: Wish,
	node: ReadNode,
	result: Answered,
	guess: number | null
): Outcome {
	const { method, format, preferences, maxRows } = wish;
	let { total } = result;
	if (preferences.count === 'planned') total = guess;
	if (preferences.count === 'estimated' && total !== null && maxRows !== null && total > maxRows) {
		total = Math.max(total, guess ?? 0);
	}
	refusePlural(format, result.shown);
	return {
		status: rangeStatus(node.offset, result.shown, total),
		body: method === 'HEAD' ? null : result.body,
		headers: {
			'content-type': format.contentType,
			'content-range': contentRange(node.offset, result.shown, total)
		}
	};
}

export function refusePlural(format: Format, rows: number): void {
	if (format.kind !== 'object' || rows === 1) return;
	throw new RestFailure(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', {
		details: `The result contains ${rows} rows`
	});
}

export function refuseTooMany({ maxAffected }: Preferences, rows: number): void {
	if (maxAffected === null || rows <= maxAffected) return;
	throw new RestFailure(
		400,
		'PGRST124',
		'Query result exceeds max-affected preference constraint',
		{
			details: `The query affects ${rows} rows`
		}
	);
}

/** As PostgREST repeats it: where this answer could be had again. */
export function contentLocation(path: string, parameters: URLSearchParams): string {
	const sorted = new URLSearchParams(parameters);
	sorted.delete('apikey');
	sorted.sort();
	return sorted.size === 0 ? path : `${path}?${sorted.toString()}`;
}
