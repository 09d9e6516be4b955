import { actorCodes, type Actor } from '../actors.ts';
import type { Answer } from '../api.ts';
import type { FunctionCells } from '../cells.ts';
import type { Context } from '../context.ts';
import type { Cell } from '../grid.ts';
import { functions } from '../matrix.ts';
import { fillWithAnswers, type Outcome } from './outcome.ts';

/** Calls the function with the ids of each line, as each actor. */
export async function checkFunction({ world }: Context, name: string): Promise<Outcome> {
	const about = functions[name];
	if (!about) throw new Error(`no cells for the function ${name}`);
	const call = async (place: string, actor: Actor): Promise<Answer> =>
		world.api.ask(actor, `rest/v1/rpc/${name}`, { body: await about.call(world, place, actor) });
	const actual = await fillWithAnswers({
		names: Object.keys(about.cells),
		asked: actorCodes,
		ask: call,
		cell: (answer, place) => functionCell(about, answer, about.shows?.(world, place))
	});
	return { expected: about.cells, actual };
}

function functionCell({ refusals }: FunctionCells, answer: Answer, shown?: string): Cell {
	const { status, code, message, body, text } = answer;
	if (code === '42501') return 'x';
	if (status >= 300) {
		return message !== null && refusals?.[status] === message
			? String(status)
			: `${status}:${message}`;
	}
	if (shown !== undefined) return text.includes(shown) ? 'ok' : '-';
	const nothing = status !== 204 && (body === null || (Array.isArray(body) && body.length === 0));
	return nothing ? '-' : 'ok';
}
