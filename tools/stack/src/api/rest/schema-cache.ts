import { buildRelationships } from './relationships.ts';
import type { Relationship } from './relationships.ts';
import { catalogQuery } from './schema-query.ts';
import type { Catalog, CatalogFunction, CatalogTable } from './schema-query.ts';
import { viewKeys } from './view-columns.ts';

export type Column = {
	name: string;
	number: number;
	type: string;
	/** Null when an insert may not name it, or it has none. */
	default: string | null;
	/** Whether `->` needs the value as JSON first. */
	composite: boolean;
};

export type Table = {
	oid: number;
	schema: string;
	name: string;
	columns: Map<string, Column>;
	primaryKey: string[];
};

export type Parameter = { name: string; type: string; required: boolean; variadic: boolean };

export type Routine = {
	schema: string;
	name: string;
	parameters: Parameter[];
	volatile: boolean;
	returnsSet: boolean;
	returns: 'void' | 'scalar' | 'composite';
	/** The table whose rows it returns. */
	table: Table | null;
	/** `set` clauses that must hold before the call begins, like statement_timeout. */
	settings: [name: string, value: string][];
};

/** What PostgREST keeps of the database's catalog. */
export class SchemaCache {
	readonly #tables: Map<string, Table>;
	readonly #routines: Map<string, Routine[]>;
	readonly #relationships: Map<Table, Relationship[]>;

	constructor(catalog: Catalog) {
		const tables = catalog.tables.map(readTable);
		const byOid = new Map(tables.map((table) => [table.oid, table]));
		const views = viewKeys(catalog);
		inheritPrimaryKeys(tables, byOid, catalog, views);
		this.#tables = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
		this.#routines = Map.groupBy(
			catalog.functions.map((found) => readRoutine(found, byOid)),
			({ schema, name }) => `${schema}.${name}`
		);
		this.#relationships = buildRelationships(catalog, byOid, views);
	}

	static async load(
		query: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }>,
		schemas: readonly string[]
	): Promise<SchemaCache> {
		const { rows } = await query(catalogQuery, [schemas]);
		const [row] = rows as { catalog: Catalog }[];
		if (row === undefined) throw new Error('The catalog query returned nothing');
		return new SchemaCache(row.catalog);
	}

	table(schema: string, name: string): Table | undefined {
		return this.#tables.get(`${schema}.${name}`);
	}

	routines(schema: string, name: string): readonly Routine[] {
		return this.#routines.get(`${schema}.${name}`) ?? [];
	}

	relationships(table: Table): readonly Relationship[] {
		return this.#relationships.get(table) ?? [];
	}

	tableNames(schema: string): string[] {
		return [...this.#tables.values()].filter((t) => t.schema === schema).map(({ name }) => name);
	}

	routineNames(schema: string): string[] {
		return [...this.#routines.values()]
			.flat()
			.filter((routine) => routine.schema === schema)
			.map(({ name }) => name);
	}
}

function readTable({ columns, primary_key, oid, schema, name }: CatalogTable): Table {
	return {
		...{ oid, schema, name, primaryKey: primary_key },
		columns: new Map(columns.map((column) => [column.name, column]))
	};
}

/** A view shows the primary key of a table when it shows all of its columns. */
function inheritPrimaryKeys(
	tables: Table[],
	byOid: Map<number, Table>,
	catalog: Catalog,
	views: ReturnType<typeof viewKeys>
): void {
	const keys = new Map(catalog.tables.map((table) => [table.oid, table.primary_key_numbers]));
	for (const table of tables) {
		for (const [base, columns] of views.get(table.oid) ?? []) {
			const numbers = keys.get(base) ?? [];
			const shown = numbers.map((number) => columns.get(number));
			if (numbers.length === 0 || shown.includes(undefined)) continue;
			byOid.get(table.oid)?.primaryKey.push(...shown.filter((name) => name !== undefined));
			break;
		}
	}
}

const hoisted = /^(statement_timeout|default_transaction_isolation|plan_filter\..*)$/;

function readRoutine(found: CatalogFunction, byOid: Map<number, Table>): Routine {
	const modes = found.modes ?? found.types.map(() => 'i');
	const inputs = modes.flatMap((mode, at) => (['i', 'b', 'v'].includes(mode) ? [at] : []));
	const outputs = modes.some((mode) => ['o', 'b', 't'].includes(mode));
	const firstDefault = inputs.length - found.defaults;
	return {
		schema: found.schema,
		name: found.name,
		parameters: inputs.map((at, position) => ({
			name: found.names?.[at] ?? '',
			type: found.types[position] ?? 'text',
			required: position < firstDefault && modes[at] !== 'v',
			variadic: modes[at] === 'v'
		})),
		volatile: found.volatile,
		returnsSet: found.returns_set,
		returns: found.returns_void ? 'void' : found.returns_row || outputs ? 'composite' : 'scalar',
		table: byOid.get(found.returned_relation) ?? null,
		settings: (found.settings ?? []).flatMap((setting) => {
			const equals = setting.indexOf('=');
			const name = setting.slice(0, equals);
			return hoisted.test(name) ? [[name, setting.slice(equals + 1)] as [string, string]] : [];
		})
	};
}
