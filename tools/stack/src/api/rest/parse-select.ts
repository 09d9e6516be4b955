import type { SelectedField, SelectedRelation, SelectItem } from './query.ts';
import { Scanner } from './scanner.ts';

const aggregates = /\.(avg|count|max|min|sum)\(\)/y;

/** `id,name::text,x:meta->>a,messages!fk!inner(body,...author(name))` */
export function parseSelect(text: string): SelectItem[] {
	if (text.trim() === '') return parseSelect('*');
	const scanner = new Scanner(text, 'select parameter');
	const items = scanner.list(() => item(scanner));
	scanner.end('letter, digit, "-", "->>", "->", "::", "(", "," or end of input');
	return items;
}

function item(scanner: Scanner): SelectItem {
	return scanner.attempt(() => relation(scanner)) ?? field(scanner);
}

function relation(scanner: Scanner): SelectedRelation | null {
	const spread = scanner.take('...');
	const alias = spread ? null : scanner.attempt(() => readAlias(scanner));
	const name = scanner.tryFieldName();
	if (name === null) return spread ? scanner.fail('field name (* or [a..z0..9_$])') : null;
	const marks: string[] = [];
	while (scanner.take('!')) marks.push(scanner.fieldName());
	if (!scanner.take('(')) return marks.length > 0 || spread ? scanner.fail('"("') : null;
	// `count()` is an aggregate, unless it is renamed with a hint or has something in it.
	scanner.space();
	const empty = scanner.take(')');
	if (empty && name === 'count' && marks.length === 0 && !spread) return null;
	const items = empty ? [] : scanner.list(() => item(scanner));
	if (!empty) scanner.expect(')');
	const hint = marks.find((mark) => mark !== 'inner' && mark !== 'left') ?? null;
	return { kind: 'relation', name, alias, hint, inner: marks.includes('inner'), spread, items };
}

function field(scanner: Scanner): SelectedField {
	const none = { alias: null, cast: null, aggregate: null, aggregateCast: null };
	if (scanner.take('*')) return { kind: 'field', field: { name: '*', path: [] }, ...none };
	const alias = scanner.attempt(() => readAlias(scanner));
	if (scanner.take('count()')) {
		const aggregateCast = readCast(scanner);
		const counted = { name: '*', path: [] };
		return { kind: 'field', field: counted, ...none, alias, aggregate: 'count', aggregateCast };
	}
	const named = scanner.field();
	const cast = readCast(scanner);
	const aggregate = scanner.match(aggregates)?.[1] ?? null;
	const aggregateCast = aggregate === null ? null : readCast(scanner);
	return { kind: 'field', field: named, alias, cast, aggregate, aggregateCast };
}

function readAlias(scanner: Scanner): string | null {
	const alias = scanner.tryFieldName();
	if (alias === null || scanner.peek('::') || !scanner.take(':')) return null;
	return alias;
}

function readCast(scanner: Scanner): string | null {
	if (!scanner.take('::')) return null;
	return scanner.match(/[\p{L}\p{N}_ ]+(?:\[\])*/uy)?.[0] ?? scanner.fail('letter, digit or "_"');
}
