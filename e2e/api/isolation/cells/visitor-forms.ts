import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';

/** What visitors do besides writing: for their own conversation, and for themselves. */
export const visitorForms: Record<string, FunctionCells> = {
	get_rating: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id }),
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
	request_transcript: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			email: `${thread(place).visitor}@people.test`
		}),
		refusals: { 401: 'session_required', 404: 'conversation_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  404 404 404 401 x   x   401
			unv       x   x   x   x   404 ok  404 404 401 x   x   401
			blk       x   x   x   x   404 404 404 404 401 x   x   401
			second    x   x   x   x   404 404 404 404 401 x   x   401
			foreign   x   x   x   x   404 404 404 404 401 x   x   401
			guessed   x   x   x   x   404 404 404 404 401 x   x   401`
	},
	// Both are about whoever calls: the answer never names another visitor.
	get_contact: {
		call: () => ({}),
		shows: ({ thread }, place) => thread(place).visitor,
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
	leave_email: {
		call: () => ({ email: 'somebody@people.test' }),
		shows: ({ thread }, place) => thread(place).visitor,
		refusals: { 401: 'session_required', 403: 'visitor_blocked' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  -   -   403 401 x   x   401
			unv       x   x   x   x   -   ok  -   403 401 x   x   401
			second    x   x   x   x   -   -   -   403 401 x   x   401
			foreign   x   x   x   x   -   -   -   403 401 x   x   401
			guessed   x   x   x   x   -   -   -   403 401 x   x   401`
	}
};
