import type { Table } from './schema-cache.ts';
import type { Catalog, CatalogForeignKey } from './schema-query.ts';
import type { ViewKeys } from './view-columns.ts';

export type Cardinality = 'many-to-one' | 'one-to-many' | 'one-to-one' | 'many-to-many';

/** Pairs of columns that are equal: here, there. */
export type Joined = [own: string, foreign: string][];

export type Relationship = {
	cardinality: Cardinality;
	foreign: Table;
	/** Of many-to-many: the two constraints of the junction. */
	constraint: string;
	/** Empty when a function computes it, or a junction lies between. */
	columns: Joined;
	junction: { table: Table; own: Joined; foreign: Joined } | null;
	/** Computes it from the row. */
	function: { schema: string; name: string } | null;
	/** Whether the foreign key is on this side. */
	holdsKey: boolean;
};

type Side = { table: Table; columns: string[] };

/** Every way to embed one table in another: keys, of views too, junctions, and functions. */
export function buildRelationships(
	catalog: Catalog,
	tables: Map<number, Table>,
	views: ViewKeys
): Map<Table, Relationship[]> {
	const relationships = new Map<Table, Relationship[]>();
	const add = (table: Table, relationship: Relationship) => {
		relationships.set(table, [...(relationships.get(table) ?? []), relationship]);
	};
	const unique = new Map(catalog.tables.map((table) => [table.oid, table.unique_keys]));
	for (const key of catalog.foreign_keys) {
		const single = isUnique(key.columns, unique.get(key.table) ?? []);
		for (const own of sidesOf(key.table, key.columns, tables, views)) {
			for (const other of sidesOf(key.referenced, key.referenced_columns, tables, views)) {
				addKey(add, key, own, other, single);
			}
		}
	}
	addJunctions(relationships, add);
	addComputed(catalog, tables, add);
	return relationships;
}

type Add = (table: Table, relationship: Relationship) => void;

function addKey(add: Add, key: CatalogForeignKey, own: Side, other: Side, single: boolean): void {
	const shared = { constraint: key.name, junction: null, function: null };
	add(own.table, {
		...shared,
		cardinality: single ? 'one-to-one' : 'many-to-one',
		foreign: other.table,
		columns: pair(own.columns, other.columns),
		holdsKey: true
	});
	add(other.table, {
		...shared,
		cardinality: single ? 'one-to-one' : 'one-to-many',
		foreign: own.table,
		columns: pair(other.columns, own.columns),
		holdsKey: false
	});
}

function sidesOf(
	oid: number,
	numbers: number[],
	tables: Map<number, Table>,
	views: ViewKeys
): Side[] {
	const sides: Side[] = [];
	const table = tables.get(oid);
	if (table !== undefined) {
		const names = new Map([...table.columns.values()].map(({ number, name }) => [number, name]));
		addSide(sides, table, numbers, names);
	}
	for (const [view, bases] of views) {
		addSide(sides, tables.get(view), numbers, bases.get(oid));
	}
	return sides;
}

function addSide(
	sides: Side[],
	table: Table | undefined,
	numbers: number[],
	names: Map<number, string> | undefined
): void {
	const columns = numbers.map((number) => names?.get(number)).filter((name) => name !== undefined);
	if (table !== undefined && columns.length === numbers.length) sides.push({ table, columns });
}

/** A table whose primary key holds two foreign keys joins the two tables that they refer to. */
function addJunctions(relationships: Map<Table, Relationship[]>, add: Add): void {
	for (const [table, found] of [...relationships]) {
		const keys = found.filter(
			({ holdsKey, columns }) =>
				holdsKey && columns.every(([own]) => table.primaryKey.includes(own))
		);
		for (const first of keys) {
			for (const second of keys) {
				if (first.constraint === second.constraint) continue;
				add(first.foreign, {
					cardinality: 'many-to-many',
					foreign: second.foreign,
					constraint: `${first.constraint} and ${second.constraint}`,
					columns: [],
					junction: {
						table,
						own: first.columns.map(([junction, own]) => [own, junction]),
						foreign: second.columns
					},
					function: null,
					holdsKey: false
				});
			}
		}
	}
}

function addComputed(catalog: Catalog, tables: Map<number, Table>, add: Add): void {
	for (const found of catalog.functions) {
		const own = tables.get(found.argument_relation);
		const foreign = tables.get(found.returned_relation);
		if (own === undefined || foreign === undefined) continue;
		const many = found.returns_set && found.rows !== 1;
		add(own, {
			cardinality: many ? 'one-to-many' : 'one-to-one',
			foreign,
			constraint: found.name,
			columns: [],
			junction: null,
			function: { schema: found.schema, name: found.name },
			holdsKey: false
		});
	}
}

function isUnique(columns: number[], keys: number[][]): boolean {
	return keys.some((key) => key.every((number) => columns.includes(number)));
}

function pair(own: string[], foreign: string[]): Joined {
	return own.map((name, at) => [name, foreign[at] ?? '']);
}
