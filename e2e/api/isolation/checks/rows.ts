import { actorCodes, type Actor } from '../actors.ts';
import { keyFilter, subject, type Context } from '../context.ts';
import { fillWithAnswers, rowCell, same, type Outcome } from './outcome.ts';

/** Asks for each row by its key, as each actor. */
export async function checkSelect(
	context: Context,
	name: string,
	asked: readonly Actor[] = actorCodes
): Promise<Outcome> {
	const { cells } = subject(context, name);
	return {
		expected: cells.select,
		actual: await askRows(context, name, asked, () => ({}))
	};
}

/** Writes the value that the row has into the columns of each `Writes`: rights show, nothing changes. */
export async function checkUpdate(
	context: Context,
	name: string,
	asked: readonly Actor[] = actorCodes
): Promise<Outcome[]> {
	const { cells, keys, rows } = subject(context, name);
	const any = Object.values(rows)[0] ?? {};
	if (cells.update === 'never') {
		const [column = ''] = Object.keys(keys[Object.keys(rows)[0] ?? ''] ?? {});
		const body = (place: string) => ({ [column]: (rows[place] ?? any)[column] });
		const actual = await askRows(context, name, oneOfEachRole, (place) => patch(body(place)));
		return [{ expected: same('x', Object.keys(keys), oneOfEachRole), actual }];
	}
	const outcomes: Outcome[] = [];
	for (const { columns, cells: expected } of cells.update) {
		const body = (place: string) =>
			Object.fromEntries(
				columns.split(' ').map((column) => [column, (rows[place] ?? any)[column]])
			);
		const actual = await askRows(context, name, asked, (place) => patch(body(place)));
		outcomes.push({ expected, actual });
	}
	return outcomes;
}

/** Roles, not people, have rights on tables and columns: what nobody may is asked by few. */
export const oneOfEachRole: readonly Actor[] = ['own', 'opr', 'ver', 'pas'];

export async function checkLockedColumns(context: Context, name: string): Promise<Outcome> {
	const { cells, keys, rows, table } = subject(context, name);
	const open = cells.update === 'never' ? [] : cells.update.flatMap((group) => columnsOf(group));
	const locked = table.columns
		.filter((column) => !column.generated && !open.includes(column.name))
		.map((column) => column.name);
	const [place = ''] = Object.keys(rows);
	const path = `rest/v1/${name}?${keyFilter(keys[place] ?? {})}`;
	const actual = await fillWithAnswers({
		names: locked,
		asked: oneOfEachRole,
		ask: (column, actor) =>
			context.world.api.ask(actor, path, patch({ [column]: rows[place]?.[column] })),
		cell: rowCell
	});
	return { expected: same('x', locked, oneOfEachRole), actual };
}

export function columnsOf({ columns }: { columns: string }): string[] {
	return columns.split(' ');
}

function patch(body: unknown) {
	return { method: 'PATCH', body, headers: { prefer: 'return=representation' } };
}

function askRows(
	{ world, subjects }: Context,
	name: string,
	asked: readonly Actor[],
	options: (place: string) => { method?: string; body?: unknown; headers?: Record<string, string> }
) {
	const keys = subjects.get(name)?.keys ?? {};
	return fillWithAnswers({
		names: Object.keys(keys),
		asked,
		ask: (place, actor) => {
			const key = keys[place] ?? {};
			// Only the key: a role may be allowed to read some columns of a table.
			const path = `rest/v1/${name}?${keyFilter(key)}&select=${Object.keys(key).join(',')}`;
			return world.api.ask(actor, path, options(place));
		},
		cell: rowCell
	});
}
