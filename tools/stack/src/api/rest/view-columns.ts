import type { Catalog } from './schema-query.ts';

/** Of each view: what its columns show, as base table → number there → name here. */
export type ViewKeys = Map<number, Map<number, Map<number, string>>>;

type Shown = { number: number; name: string; table: number; column: number };

/** Finds which columns of tables the views show unchanged, through views over views. */
export function viewKeys(catalog: Catalog): ViewKeys {
	const shown = new Map(
		catalog.views.map(({ oid, definition }) => [oid, shownColumns(definition)])
	);
	const keys: ViewKeys = new Map();
	for (const [oid, columns] of shown) {
		const bases = new Map<number, Map<number, string>>();
		for (const column of columns) {
			const base = resolve(column, shown);
			const names = bases.get(base.table) ?? new Map<number, string>();
			if (!names.has(base.column)) names.set(base.column, column.name);
			bases.set(base.table, names);
		}
		keys.set(oid, bases);
	}
	return keys;
}

function resolve(column: Shown, views: Map<number, Shown[]>): { table: number; column: number } {
	const inner = views.get(column.table)?.find(({ number }) => number === column.column);
	return inner === undefined ? column : resolve(inner, views);
}

const tail =
	/:resno (\d+) :resname (\S+) :ressortgroupref \d+ :resorigtbl (\d+) :resorigcol (\d+) :resjunk false$/;

/**
 * Postgres keeps a view as the text of its parse tree, where each entry of the outermost select
 * list names the column that it comes from.
 */
function shownColumns(definition: string): Shown[] {
	const columns: Shown[] = [];
	let depth = 0;
	let start = 0;
	for (let at = 0; at < definition.length; at++) {
		const character = definition[at];
		if (character === '\\') at++;
		else if (character === '{' && ++depth === 2) start = at;
		else if (character === '}' && depth-- === 2 && definition.startsWith('{TARGETENTRY', start)) {
			const match = tail.exec(definition.slice(start, at));
			const [number, name = '', table, column] = match?.slice(1) ?? [];
			if (Number(table) === 0 || match === null) continue;
			const plain = name.replace(/\\(.)/g, '$1');
			columns.push({
				number: Number(number),
				name: plain,
				table: Number(table),
				column: Number(column)
			});
		}
	}
	return columns;
}
