import { RestFailure } from './failure.ts';
import { looksLikeFilter, parseFilter, parseLogic } from './parse-filter.ts';
import { parseSelect } from './parse-select.ts';
import type { OrderTerm, Placed, Query } from './query.ts';
import { Scanner } from './scanner.ts';

/** All parameters of a URL; `call` tells that what is no filter is an argument of a function. */
export function parseQuery(parameters: URLSearchParams, call: boolean): Query {
	const query: Query = {
		select: parseSelect(parameters.get('select') ?? '*'),
		filters: [],
		logic: [],
		orders: [],
		limits: [],
		offsets: [],
		columns: parseNames(parameters.get('columns'), 'columns parameter'),
		onConflict: parseNames(parameters.get('on_conflict'), 'on_conflict parameter'),
		arguments: []
	};
	for (const [key, value] of parameters) readParameter(query, key, value, call);
	return query;
}

function readParameter(query: Query, key: string, value: string, call: boolean): void {
	if (key === 'select' || key === 'columns' || key === 'on_conflict' || key === 'apikey') return;
	const path = key.split('.');
	const last = path.pop();
	switch (last) {
		case 'and':
		case 'or':
			query.logic.push(parseLogic(key, value));
			return;
		case 'order':
			query.orders.push({ path, what: parseOrder(value) });
			return;
		case 'limit':
			query.limits.push(...parseNumber(path, value));
			return;
		case 'offset':
			query.offsets.push(...parseNumber(path, value));
			return;
		default:
	}
	if (call && path.length === 0 && !looksLikeFilter(value)) query.arguments.push([key, value]);
	else query.filters.push(parseFilter(key, value));
}

/** What is no number is ignored, as upstream does. */
function parseNumber(path: string[], value: string): Placed<number>[] {
	if (!/^-?\d+$/.test(value)) return [];
	if (value.startsWith('-') && path.length === 0) {
		throw new RestFailure(416, 'PGRST103', 'Requested range not satisfiable', {
			details: 'Limit should be greater than or equal to zero.'
		});
	}
	return [{ path, what: Math.max(0, Number(value)) }];
}

function parseNames(text: string | null, what: string): string[] | null {
	if (text === null) return null;
	const scanner = new Scanner(text, what);
	const names = scanner.list(() => scanner.fieldName());
	scanner.end('"," or end of input');
	return names;
}

/** `a.desc.nullslast,rel(b).asc,data->>c` */
function parseOrder(text: string): OrderTerm[] {
	const scanner = new Scanner(text, 'order');
	const terms = scanner.list((): OrderTerm => {
		const relation = scanner.attempt(() => {
			const name = scanner.tryFieldName();
			return name !== null && scanner.take('(') ? name : null;
		});
		const field = scanner.field();
		if (relation !== null) scanner.expect(')');
		const direction = scanner.match(/\.(asc|desc)(?=[.,]|$)/y)?.[1] ?? null;
		const nulls = scanner.match(/\.nulls(first|last)(?=,|$)/y)?.[1] ?? null;
		return { field, relation, direction, nulls } as OrderTerm;
	});
	scanner.end('delimiter (.), "," or end of input');
	return terms;
}
