import { randomUUID } from 'node:crypto';
import type { Catalogue, Table } from './catalogue.ts';
import type { Key, TableCells } from './cells.ts';
import { actorCodes } from './actors.ts';
import type { Grid, Line } from './grid.ts';
import { tables } from './matrix.ts';
import type { World } from './world.ts';

export type Row = Record<string, unknown>;

/** A table with the rows that the matrix asks for. */
export interface Subject {
	table: Table;
	cells: TableCells;
	keys: Record<string, Key>;
	/** The rows as the database has them; none for `guessed`. */
	rows: Record<string, Row>;
}

/** What every check needs: the world, the catalogue, and the rows of each table. */
export interface Context {
	world: World;
	catalogue: Catalogue;
	subjects: Map<string, Subject>;
}

export async function createContext(world: World, catalogue: Catalogue): Promise<Context> {
	const subjects = new Map<string, Subject>();
	for (const [name, cells] of Object.entries(tables)) {
		const table = catalogue.tables.get(name);
		// The catalogue check names what is missing.
		if (!table) continue;
		const named = await cells.rows(world);
		const keys = {
			...named,
			guessed: named['guessed'] ?? guessedKey(table, named['foreign'] ?? {})
		};
		subjects.set(name, {
			table,
			cells: { ...cells, select: withGuessed(cells.select), ...guessedWrites(cells) },
			keys,
			rows: await readRows(world, name, keys)
		});
	}
	return { world, catalogue, subjects };
}

/** A key like this one that no row has. */
function guessedKey({ columns }: Table, key: Key): Key {
	const typeOf = (name: string) => columns.find((column) => column.name === name)?.type;
	const random = Object.keys(key).some((name) => typeOf(name) === 'uuid') ? 'uuid' : undefined;
	return Object.fromEntries(
		Object.entries(key).map(([name, value]) => {
			if (random && typeOf(name) !== random) return [name, value];
			return [name, typeOf(name) === 'bigint' ? String(Number.MAX_SAFE_INTEGER) : randomUUID()];
		})
	);
}

/** A row that nobody has is empty to whoever may ask at all. */
function withGuessed(cells: Grid): Grid {
	if (cells['guessed']) return cells;
	const lines = Object.values(cells);
	const guessed = Object.fromEntries(
		actorCodes.map((actor) => [actor, lines.every((line) => line[actor] === 'x') ? 'x' : '-'])
	) as Line;
	return { ...cells, guessed };
}

function guessedWrites({
	update,
	delete: remove
}: TableCells): Pick<TableCells, 'update' | 'delete'> {
	return {
		update:
			update === 'never'
				? update
				: update.map((writes) => ({ ...writes, cells: withGuessed(writes.cells) })),
		delete: remove === 'never' ? remove : withGuessed(remove)
	};
}

async function readRows(
	{ sql }: World,
	table: string,
	keys: Record<string, Key>
): Promise<Record<string, Row>> {
	const rows: Record<string, Row> = {};
	for (const [place, key] of Object.entries(keys)) {
		const [found] = await sql<{ row: Row }[]>`
			select to_jsonb(t) as row from public.${sql(table)} as t
			where ${Object.entries(key).map(([column, value], i) => sql`${i ? sql`and` : sql``} ${sql(column)}::text = ${value}`)}`;
		if (found) rows[place] = found.row;
		else if (place !== 'guessed') throw new Error(`${table} has no row for '${place}'`);
	}
	return rows;
}

export function subject(context: Context, name: string): Subject {
	const found = context.subjects.get(name);
	if (!found) throw new Error(`no table ${name} in the catalogue`);
	return found;
}

/** The row's key as a filter of the Data API. */
export function keyFilter(key: Key): string {
	return Object.entries(key)
		.map(([column, value]) => `${column}=eq.${encodeURIComponent(value)}`)
		.join('&');
}
