import { actorCodes, clients, type Actor } from '../actors.ts';
import type { Answer } from '../api.ts';
import type { Key } from '../cells.ts';
import { keyFilter, subject, type Context, type Row } from '../context.ts';
import { copyOf, exists, store, withCopy } from '../copy.ts';
import { fillGrid, type Cell, type Grid } from '../grid.ts';
import { columnsOf, oneOfEachRole } from './rows.ts';
import { fillWithAnswers, rowCell, same, type Outcome } from './outcome.ts';

/** Tries to insert a copy of each row. Copies that get in stay: they are no row of the matrix. */
export async function checkInsert(
	context: Context,
	name: string,
	asked: readonly Actor[] = actorCodes
): Promise<Outcome> {
	const about = subject(context, name);
	const { cells, rows } = about;
	const places = Object.keys(rows);
	const path = `rest/v1/${name}`;
	const headers = { prefer: 'return=minimal' };
	if (cells.insert === 'never') {
		const actual = await fillWithAnswers({
			names: places,
			asked: oneOfEachRole,
			ask: (place, actor) =>
				context.world.api.ask(actor, path, { body: copyOf(about, place), headers }),
			cell: insertCell
		});
		return { expected: same('x', places, oneOfEachRole), actual };
	}
	const columns = columnsOf(cells.insert);
	const actual = await oneByOne(
		places,
		(place, actor) =>
			withCopy(context, about, place, async (copy) => {
				const body = pick(copy, columns);
				return insertCell(await context.world.api.ask(actor, path, { body, headers }));
			}),
		asked
	);
	return { expected: cells.insert.cells, actual };
}

/** Every other column, named beside those that may be written, makes the insert refused. */
export async function checkInsertColumns(context: Context, name: string): Promise<Outcome> {
	const about = subject(context, name);
	const { insert } = about.cells;
	if (insert === 'never') return { expected: {}, actual: {} };
	const open = columnsOf(insert);
	const locked = about.table.columns.filter(
		(column) => !column.generated && !open.includes(column.name)
	);
	const [place, line] =
		Object.entries(insert.cells).find(([, cells]) => Object.values(cells).includes('+')) ?? [];
	if (place === undefined || line === undefined) throw new Error(`nobody may insert into ${name}`);
	const allowed = clients.filter((actor) => line[actor] === '+');
	const names = locked.map((column) => column.name);
	const actual = await oneByOne(
		names,
		(column, actor) =>
			withCopy(context, about, place, async (copy) => {
				const body = pick(copy, [...open, column]);
				return insertCell(await context.world.api.ask(actor, `rest/v1/${name}`, { body }));
			}),
		allowed
	);
	return { expected: same('x', names, allowed), actual };
}

/** Deletes a copy of each row, where somebody may; the row itself where nobody may. */
export async function checkDelete(
	context: Context,
	name: string,
	asked: readonly Actor[] = actorCodes
): Promise<Outcome> {
	const about = subject(context, name);
	const { cells, keys, rows } = about;
	const remove = (actor: Actor, key: Key) => {
		const path = `rest/v1/${name}?${keyFilter(key)}&select=${Object.keys(key).join(',')}`;
		const headers = { prefer: 'return=representation' };
		return context.world.api.ask(actor, path, { method: 'DELETE', headers });
	};
	const names = Object.keys(keys);
	if (cells.delete === 'never') {
		const actual = await fillWithAnswers({
			names,
			asked: oneOfEachRole,
			ask: (place, actor) => remove(actor, keys[place] ?? {}),
			cell: rowCell
		});
		return { expected: same('x', names, oneOfEachRole), actual };
	}
	const askOnce = async (place: string, actor: Actor) => {
		const key = keys[place] ?? {};
		if (!rows[place]) return rowCell(await remove(actor, key));
		return withCopy(context, about, place, async (copy) => {
			await store(context, about, copy);
			const copied = Object.fromEntries(
				Object.keys(key).map((column) => [column, String(copy[column])])
			);
			const cell = rowCell(await remove(actor, copied));
			const gone = !(await exists(context, about, copied));
			return gone === (cell === '+') ? cell : `${cell}${gone ? ' gone' : ' kept'}`;
		});
	};
	return { expected: cells.delete, actual: await oneByOne(names, askOnce, asked) };
}

/** `+` stored; otherwise as for rows. */
function insertCell(answer: Answer): Cell {
	return answer.status === 201 ? '+' : rowCell(answer);
}

function pick(row: Row, columns: string[]): Row {
	return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

/** Writes of one table that would disturb each other. */
async function oneByOne(
	names: string[],
	ask: (name: string, actor: Actor) => Promise<Cell>,
	asked: readonly Actor[] = actorCodes
): Promise<Grid> {
	const cells = new Map<string, Cell>();
	for (const name of names) {
		for (const actor of asked) cells.set(`${name} ${actor}`, await ask(name, actor));
	}
	return fillGrid(
		names,
		(name, actor) => Promise.resolve(cells.get(`${name} ${actor}`) ?? '?'),
		asked
	);
}
