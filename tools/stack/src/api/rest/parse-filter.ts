import { RestFailure } from './failure.ts';
import type { Filter, Logic, Operation, Placed } from './query.ts';
import { Scanner } from './scanner.ts';

const comparisons = new Map(
	Object.entries({
		eq: '=',
		neq: '<>',
		gt: '>',
		gte: '>=',
		lt: '<',
		lte: '<=',
		like: 'like',
		ilike: 'ilike',
		match: '~',
		imatch: '~*',
		cs: '@>',
		cd: '<@',
		ov: '&&',
		sl: '<<',
		sr: '>>',
		nxr: '&<',
		nxl: '&>',
		adj: '-|-'
	})
);
const quantifiable = new Set(['eq', 'gt', 'gte', 'lt', 'lte', 'like', 'ilike', 'match', 'imatch']);
const searches = new Map([
	['fts', 'to_tsquery'],
	['plfts', 'plainto_tsquery'],
	['phfts', 'phraseto_tsquery'],
	['wfts', 'websearch_to_tsquery']
]);
const truths = new Map([
	['null', 'null'],
	['not_null', 'not null'],
	['true', 'true'],
	['false', 'false'],
	['unknown', 'unknown']
]);

/** Whether a value reads like a filter: in a call by GET all others are arguments. */
export function looksLikeFilter(value: string): boolean {
	const word = /^[a-z]+/.exec(value)?.[0] ?? '';
	const next = value[word.length];
	if (searches.has(word)) return next === '.' || next === '(';
	if (next !== '.' && next !== '(') return false;
	return ['not', 'is', 'in', 'isdistinct'].includes(word) || comparisons.has(word);
}

/** `a.b.column->key=not.eq.value` */
export function parseFilter(key: string, value: string): Placed<Filter> {
	const { path, field } = parsePath(key);
	const scanner = new Scanner(value, 'filter');
	const { negated, operation } = readOperation(scanner, () => scanner.match(/.*/sy)?.[0] ?? '');
	return { path, what: { kind: 'filter', field, negated, operation } };
}

/** `a.b.not.or=(x.eq.1,and(y.gt.2,z.is.null))` */
export function parseLogic(key: string, value: string): Placed<Logic> {
	const path = key.split('.');
	const operator = path.pop() === 'or' ? 'or' : 'and';
	const negated = path.at(-1) === 'not';
	if (negated) path.pop();
	const scanner = new Scanner(value, 'logic tree');
	const members = readMembers(scanner);
	scanner.end('end of input');
	return { path, what: { kind: 'group', operator, negated, members } };
}

export function parsePath(key: string): { path: string[]; field: Filter['field'] } {
	const scanner = new Scanner(key, 'tree path');
	const names = [scanner.fieldName()];
	while (scanner.take('.')) names.push(scanner.fieldName());
	const field = { name: names.pop() ?? '', path: scanner.jsonPath() };
	scanner.end('letter, digit, ".", "->" or end of input');
	return { path: names, field };
}

function readMembers(scanner: Scanner): Logic[] {
	scanner.expect('(');
	const members = scanner.list(() => readMember(scanner));
	scanner.expect(')');
	return members;
}

function readMember(scanner: Scanner): Logic {
	const group = scanner.match(/(not\.)?(and|or)(?=\()/y);
	if (group !== null) {
		const operator = group[2] === 'or' ? 'or' : 'and';
		return {
			kind: 'group',
			operator,
			negated: group[1] !== undefined,
			members: readMembers(scanner)
		};
	}
	const field = scanner.field();
	scanner.expect('.');
	return { kind: 'filter', field, ...readOperation(scanner, () => nestedValue(scanner)) };
}

/** Inside parentheses a value ends at a comma, unless quotes or braces hold it. */
function nestedValue(scanner: Scanner): string {
	const quoted = scanner.attempt(() => {
		const text = scanner.quoted();
		return text !== null && (scanner.done || scanner.peek(',') || scanner.peek(')')) ? text : null;
	});
	if (quoted !== null) return quoted;
	return scanner.match(/\{[^{}]*\}/y)?.[0] ?? scanner.match(/[^,)]*/y)?.[0] ?? '';
}

function readOperation(
	scanner: Scanner,
	value: () => string
): { negated: boolean; operation: Operation } {
	const negated = scanner.take('not.');
	const word = scanner.match(/[a-z]+/y)?.[0] ?? '';
	const option = scanner.match(/\(([^()]+)\)(?=\.)/y)?.[1] ?? null;
	const read = operationReader(scanner, word, option, negated);
	return { negated, operation: read(value) };
}

/** What follows the operator; fails when there is no such operator. */
function operationReader(
	scanner: Scanner,
	word: string,
	option: string | null,
	negated: boolean
): (value: () => string) => Operation {
	const operator = comparisons.get(word);
	const toQuery = searches.get(word);
	if (toQuery !== undefined) {
		scanner.expect('.');
		return (value) => ({ kind: 'search', toQuery, language: option, value: value() });
	}
	if (operator !== undefined && (option === null || quantifiable.has(word))) {
		if (option !== null && option !== 'any' && option !== 'all') scanner.fail('"any" or "all"');
		scanner.expect('.');
		return (value) => ({ kind: 'compare', operator, quantifier: option, value: value() });
	}
	if (option === null && scanner.peek('.')) {
		if (word === 'in') return () => ({ kind: 'in', values: readList(scanner) });
		if (word === 'is') return () => ({ kind: 'is', value: readTruth(scanner) });
		if (word === 'isdistinct') {
			scanner.expect('.');
			return (value) => ({ kind: 'distinct', value: value() });
		}
	}
	return unknownOperator(scanner, negated);
}

function unknownOperator(scanner: Scanner, negated: boolean): never {
	const found = scanner.text === '' ? 'end of input' : JSON.stringify(scanner.text[0]);
	throw new RestFailure(
		400,
		'PGRST100',
		`"failed to parse filter (${scanner.text})" (line 1, column ${negated ? 5 : 1})`,
		{ details: `unexpected ${found} expecting ${negated ? '' : '"not" or '}operator (eq, gt, ...)` }
	);
}

function readTruth(scanner: Scanner): string {
	scanner.expect('.');
	const word = scanner.match(/[a-z_]+/iy)?.[0].toLowerCase() ?? '';
	const truth = truths.get(word);
	if (truth === undefined || !(scanner.done || scanner.peek(',') || scanner.peek(')'))) {
		return scanner.fail('null or trilean value (unknown, true, false)');
	}
	return truth;
}

function readList(scanner: Scanner): string[] {
	scanner.expect('.');
	scanner.expect('(');
	if (scanner.take(')')) return [];
	const values = scanner.list(() => scanner.quoted() ?? scanner.match(/[^,)]*/y)?.[0] ?? '');
	scanner.expect(')');
	return values;
}
