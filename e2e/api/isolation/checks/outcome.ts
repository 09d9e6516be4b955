import { expect } from 'vitest';
import { clients, type Actor } from '../actors.ts';
import type { Answer } from '../api.ts';
import { fillGrid, printGrid, type Cell, type Grid, type Line } from '../grid.ts';

/** A grid that was expected and the one that was found. */
export interface Outcome {
	expected: Grid;
	actual: Grid;
}

/** Fails with both grids as text, so that the cells that differ stand under their actors. */
export function expectGrid({ expected, actual }: Outcome): void {
	const names = linesOf({ expected, actual });
	expect(printGrid(actual, names)).toBe(printGrid(expected, names));
}

export function holds({ expected, actual }: Outcome): boolean {
	const names = linesOf({ expected, actual });
	return printGrid(actual, names) === printGrid(expected, names);
}

function linesOf({ expected, actual }: Outcome): string[] {
	return [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
}

/** The same answer for everybody asked. */
export function same(cell: Cell, names: string[], asked: readonly Actor[] = clients): Grid {
	const line = Object.fromEntries(asked.map((actor) => [actor, cell])) as Line;
	return Object.fromEntries(names.map((name) => [name, line]));
}

/** `+` a row came back, `-` none, `x` no right; anything else is shown as it is. */
export function rowCell({ status, code, body }: Answer): Cell {
	if (code === '42501') return 'x';
	if (status >= 300) return `${status}:${code}`;
	return Array.isArray(body) && body.length > 0 ? '+' : '-';
}

interface Question<Heard extends Answer & { question?: string }> {
	names: string[];
	asked?: readonly Actor[];
	ask: (name: string, actor: Actor) => Promise<Heard>;
	cell: (answer: Heard, name: string) => Cell;
}

/**
 * Fills a grid with answers. A cell gets a `!` when its answer differs from the one about the guessed row although the
 * cell is the same: whoever may not see a row must not learn that it exists. Who asked the same twice learns nothing of
 * the row by it: what they do see may have changed meanwhile.
 */
export async function fillWithAnswers<Heard extends Answer & { question?: string }>({
	names,
	asked,
	ask,
	cell
}: Question<Heard>): Promise<Grid> {
	const answers = new Map<string, { cell: Cell; text: string; question: string | undefined }>();
	await fillGrid(
		names,
		async (name, actor) => {
			const answer = await ask(name, actor);
			const text = `${answer.status} ${answer.text}`;
			const found = { cell: cell(answer, name), text, question: answer.question };
			answers.set(`${name} ${actor}`, found);
			return found.cell;
		},
		asked
	);
	return fillGrid(
		names,
		(name, actor) => {
			const found = answers.get(`${name} ${actor}`);
			const guess = answers.get(`guessed ${actor}`);
			const again = found?.question !== undefined && found.question === guess?.question;
			const tells =
				guess &&
				!again &&
				!isGranted(guess.cell) &&
				found?.cell === guess.cell &&
				found.text !== guess.text;
			return Promise.resolve(`${found?.cell}${tells ? '!' : ''}`);
		},
		asked
	);
}

function isGranted(cell: Cell): boolean {
	return cell === '+' || cell === 'ok';
}
