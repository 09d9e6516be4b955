import { actorCodes, type Actor } from './actors.ts';

/**
 * One cell. On tables: `+` the row is there (read, written, removed), `-` the answer is empty, `x` refused (42501).
 * On functions: `ok` answered, `-` answered nothing, `x` not granted, or the status of the refusal.
 */
export type Cell = string;
export type Line = Record<Actor, Cell>;
/** Expected answers: a line per row asked for, a column per actor. */
export type Grid = Readonly<Record<string, Line>>;

/** Reads a grid as it is written: a header of actors, then a name and one cell per actor on each line. */
export function grid(text: TemplateStringsArray): Grid {
	const [header, ...lines] = text
		.join('')
		.split('\n')
		.map((line) => line.trim().split(/\s+/))
		.filter(([first]) => first !== '');
	const missing = actorCodes.filter((actor) => !header?.includes(actor));
	if (!header || missing.length > 0 || header.length !== actorCodes.length) {
		throw new Error(`the grid needs the columns ${actorCodes.join(' ')}: ${text.join('')}`);
	}
	return Object.fromEntries(lines.map((line) => readLine(header as Actor[], line)));
}

function readLine(header: Actor[], [name, ...cells]: string[]): [string, Line] {
	if (cells.length !== header.length) {
		throw new Error(`${name} has ${cells.length} cells for ${header.length} actors`);
	}
	return [
		name ?? '',
		Object.fromEntries(header.map((actor, place) => [actor, cells[place]])) as Line
	];
}

/** The grid as text, its lines in the order of `names`. */
export function printGrid(cells: Grid, names: string[]): string {
	const width = Math.max(0, ...names.map((name) => name.length));
	const print = (name: string, line: (actor: Actor) => string) =>
		[name.padEnd(width), ...actorCodes.map((actor) => line(actor).padEnd(3))].join(' ').trimEnd();
	return [
		print('', (actor) => actor),
		...names.map((name) => print(name, (actor) => cells[name]?.[actor] ?? '?'))
	].join('\n');
}

/** Asks for every cell of the grid and returns the answers in its shape. */
export async function fillGrid(
	names: string[],
	ask: (name: string, actor: Actor) => Promise<Cell>,
	asked: readonly Actor[] = actorCodes
): Promise<Grid> {
	const lines = await Promise.all(
		names.map(async (name) => {
			const cells = asked.map(async (actor) => [actor, await ask(name, actor)] as const);
			return [name, Object.fromEntries(await Promise.all(cells)) as Line] as const;
		})
	);
	return Object.fromEntries(lines);
}
