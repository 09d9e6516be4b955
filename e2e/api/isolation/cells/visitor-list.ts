import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';

/** What visitors see of their conversations as a whole, and of the people in them. */
export const visitorList: Record<string, FunctionCells> = {
	list_visitor_conversations: {
		// Other cells start conversations for the same visitors.
		call: () => ({ max_rows: 50 }),
		shows: ({ thread }, place) => thread(place).id,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  -   -   -   -   x   x   -
			unv       x   x   x   x   -   ok  -   -   -   x   x   -
			oth       x   x   x   x   -   -   ok  -   -   x   x   -
			blk       x   x   x   x   -   -   -   -   -   x   x   -
			second    x   x   x   x   -   -   -   -   -   x   x   -
			foreign   x   x   x   x   -   -   -   -   -   x   x   -
			guessed   x   x   x   x   -   -   -   -   -   x   x   -`
	},
	list_conversation_agents: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id }),
		shows: ({ thread }, place) => thread(place).operator,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  -   -   -   -   x   x   -
			unv       x   x   x   x   -   ok  -   -   -   x   x   -
			oth       x   x   x   x   -   -   ok  -   -   x   x   -
			blk       x   x   x   x   -   -   -   -   -   x   x   -
			second    x   x   x   x   -   -   -   -   -   x   x   -
			foreign   x   x   x   x   -   -   -   -   -   x   x   -
			guessed   x   x   x   x   -   -   -   -   -   x   x   -`
	}
};
