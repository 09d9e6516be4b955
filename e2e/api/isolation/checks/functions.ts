import { actorCodes, type Actor } from '../actors.ts';
import type { Answer } from '../api.ts';
import type { FunctionCells } from '../cells.ts';
import type { Context } from '../context.ts';
import type { Cell } from '../grid.ts';
import { functions } from '../matrix.ts';
import { fillWithAnswers, type Outcome } from './outcome.ts';

type Heard = Answer & { happened: boolean; question: string };

/** Calls the function with the ids of each line, as each actor. */
export async function checkFunction(
	{ world }: Context,
	name: string,
	asked: readonly Actor[] = actorCodes
): Promise<Outcome> {
	const about = functions[name];
	if (!about) throw new Error(`no cells for the function ${name}`);
	const call = async (place: string, actor: Actor): Promise<Heard> => {
		const body = await about.call(world, place, actor);
		const answer = await world.api.ask(actor, `rest/v1/rpc/${name}`, { body });
		const happened = answer.status >= 300 || (await about.happened?.(world, body)) !== false;
		const text = answer.text.replace(about.moving ?? /$^/, '');
		return { ...answer, text, happened, question: JSON.stringify(body) };
	};
	const actual = await fillWithAnswers({
		names: Object.keys(about.cells),
		asked,
		ask: call,
		cell: (answer, place) => functionCell(about, answer, about.shows?.(world, place))
	});
	return { expected: about.cells, actual };
}

function functionCell({ refusals = {} }: FunctionCells, answer: Heard, shown?: string): Cell {
	const { status, code, message, body, text, happened } = answer;
	if (code === '42501') return 'x';
	if (status >= 300) {
		const known = Object.entries(refusals).find(
			([cell, refusal]) => Number.parseInt(cell) === status && refusal === message
		);
		return known?.[0] ?? `${status}:${message}`;
	}
	if (!happened) return '-';
	if (shown !== undefined) return text.includes(shown) ? 'ok' : '-';
	const nothing = status !== 204 && (body === null || (Array.isArray(body) && body.length === 0));
	return nothing ? '-' : 'ok';
}
