import { elixir } from './elixir-notation.ts';
import { SubscriptionRefused } from './refused.ts';

/** One condition on a column: `column=[not.]operator.value`. */
export interface Filter {
	column: string;
	operator: string;
	/** As Postgres reads it; a list is an array literal. */
	value: string;
	negate: boolean;
}

const operators = new Set([
	...['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in'],
	...['like', 'ilike', 'is', 'match', 'imatch', 'isdistinct']
]);

/** The conditions of a filter, all of which must hold; a blank filter has none. */
export function parseFilter(text: string): Filter[] {
	const trimmed = text.trim();
	return trimmed === '' ? [] : splitConditions(trimmed).map(parseCondition);
}

/** Splits at commas outside of parentheses and quotes. A quote opens after a dot, ( or comma only. */
function splitConditions(text: string): string[] {
	const conditions: string[] = [];
	let start = 0;
	let depth = 0;
	let quoted = false;
	for (let index = 0; index < text.length; index++) {
		const character = text[index];
		if (quoted) {
			if (character === '\\') index++;
			else if (character === '"') quoted = false;
		} else if (character === '"') {
			quoted = index > start && '.(,'.includes(text[index - 1] ?? '');
		} else if (character === '(') {
			depth++;
		} else if (character === ')') {
			depth = Math.max(0, depth - 1);
		} else if (character === ',' && depth === 0) {
			conditions.push(text.slice(start, index));
			start = index + 1;
		}
	}
	return [...conditions, text.slice(start)];
}

function parseCondition(text: string): Filter {
	const condition = text.trim();
	if (condition === '') refuse('filter must not contain empty segments (check for extra commas)');
	const [column, rest] = cut(condition, '=');
	if (rest === undefined) return refuse(elixir([column]));
	const negate = rest.startsWith('not.');
	const [operator, value] = cut(negate ? rest.slice(4) : rest, '.');
	if (value === undefined) return refuse(elixir([operator]));
	if (!operators.has(operator)) return refuse(elixir([operator, value]));
	return {
		column,
		operator,
		value: operator === 'in' ? arrayLiteral(value) : unquote(value),
		negate
	};
}

function arrayLiteral(value: string): string {
	if (value.length >= 2 && value.startsWith('(') && value.endsWith(')')) {
		return `{${value.slice(1, -1)}}`;
	}
	return refuse('`in` filter value must be wrapped by parentheses');
}

/** A value that is quoted as a whole loses its quotes; any other stays as it is. */
function unquote(value: string): string {
	const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
	return inner === undefined ? value : inner.replaceAll(/\\(.)/gs, '$1');
}

function cut(text: string, separator: string): [string, string | undefined] {
	const index = text.indexOf(separator);
	return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function refuse(reason: string): never {
	throw new SubscriptionRefused(`Error parsing \`filter\` params: ${reason}`);
}
