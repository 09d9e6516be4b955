import { uuidv7 } from '@chatiq/contracts/ids';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

/** Operators of the site act, everybody else hears that there is no such conversation. */
const operatorsAct = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       ok  ok  ok  404 x   x   x   x   x   404 404 404
	second    ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const participantsRead = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       ok  ok  ok  -   ok  -   -   -   -   -   -   ok
	unv       ok  ok  ok  -   -   ok  -   -   -   -   -   ok
	oth       ok  ok  ok  -   -   -   ok  -   -   -   -   ok
	blk       ok  ok  ok  -   -   -   -   -   -   -   -   ok
	second    ok  ok  -   -   -   -   -   -   -   -   -   ok
	foreign   -   -   -   -   -   -   -   -   -   ok  -   ok
	guessed   -   -   -   -   -   -   -   -   -   -   -   -`;

/** Whether the list shows the conversation. */
const inboxOfOperators = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       ok  ok  ok  -   x   x   x   x   x   -   -   -
	second    ok  ok  -   -   x   x   x   x   x   -   -   -
	foreign   -   -   -   -   x   x   x   x   x   ok  -   -
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

/** Whoever writes anything anywhere moves it. */
const cursor = /"cursor" ?: ?"[0-9]+"/;

const cursors = new WeakMap<World, Promise<string>>();

/** One cursor for all cells, just before a change of every thread: since the beginning there is more than one answer holds. */
function cursorOf(world: World): Promise<string> {
	const known = cursors.get(world) ?? touchThreads(world);
	cursors.set(world, known);
	return known;
}

async function touchThreads({ sql, threads }: World): Promise<string> {
	const ids = Object.values(threads).map(({ id }) => id);
	const [changed] = await sql<{ cursor: string }[]>`
		update public.conversations set priority = priority where id = any (${ids})
		returning changed_xid::text as cursor`;
	if (!changed) throw new Error('the world has no threads');
	return changed.cursor;
}

const notFound = { 404: 'conversation_not_found' };

export const conversationFunctions: Record<string, FunctionCells> = {
	// A new conversation is always the caller's own: the ids of the line are tried as the id to start under.
	start_conversation: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			message_id: uuidv7(),
			body: 'Hello'
		}),
		refusals: { 401: 'session_required', 403: 'visitor_blocked', 409: 'id_conflict' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  409 409 403 401 x   x   401
			unv       x   x   x   x   409 ok  409 403 401 x   x   401
			oth       x   x   x   x   409 409 ok  403 401 x   x   401
			blk       x   x   x   x   409 409 409 403 401 x   x   401
			second    x   x   x   x   409 409 409 403 401 x   x   401
			foreign   x   x   x   x   409 409 409 403 401 x   x   401
			guessed   x   x   x   x   ok  ok  ok  403 401 x   x   401`
	},
	send_visitor_message: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			message_id: uuidv7(),
			body: 'Hello'
		}),
		refusals: { ...notFound, 401: 'session_required', 403: 'visitor_blocked' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  404 404 403 401 x   x   401
			unv       x   x   x   x   404 ok  404 403 401 x   x   401
			oth       x   x   x   x   404 404 ok  403 401 x   x   401
			blk       x   x   x   x   404 404 404 403 401 x   x   401
			second    x   x   x   x   404 404 404 403 401 x   x   401
			foreign   x   x   x   x   404 404 404 403 401 x   x   401
			guessed   x   x   x   x   404 404 404 403 401 x   x   401`
	},
	send_operator_message: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			message_id: uuidv7(),
			body: 'Hello',
			seen_seq: 1_000_000
		}),
		refusals: notFound,
		cells: operatorsAct
	},
	save_draft: {
		call: ({ thread }, place) => ({
			conversation_id: thread(place).id,
			visibility: 'public',
			body: `draft ${uuidv7()}`
		}),
		happened: async ({ sql }, { body }) =>
			(await sql`select 1 from public.drafts where body = ${body as string}`).length > 0,
		refusals: notFound,
		cells: operatorsAct
	},
	messages_after: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, after_seq: 0 }),
		cells: participantsRead
	},
	messages_before: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, before_seq: 4 }),
		cells: participantsRead
	},
	get_conversation: {
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
	mark_read: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, seq: 1 }),
		refusals: { ...notFound, 401: 'session_required' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  404 ok  404 404 404 401 404 404 401
			unv       ok  ok  ok  404 404 ok  404 404 401 404 404 401
			oth       ok  ok  ok  404 404 404 ok  404 401 404 404 401
			blk       ok  ok  ok  404 404 404 404 404 401 404 404 401
			second    ok  ok  404 404 404 404 404 404 401 404 404 401
			foreign   404 404 404 404 404 404 404 404 401 ok  404 401
			guessed   404 404 404 404 404 404 404 404 401 404 404 401`
	},
	list_inbox: {
		// Of all organisations of the caller.
		call: () => ({ max_rows: 200, organization_id: null }),
		moving: cursor,
		shows: ({ thread }, place) => thread(place).id,
		cells: inboxOfOperators
	},
	count_inbox: {
		call: ({ thread }, place) => ({ site_id: thread(place).site, organization_id: null }),
		shows: () => '"mine"',
		cells: inboxOfOperators
	},
	count_lists: {
		// Of all organisations of the caller.
		call: () => ({ organization_id: null }),
		shows: ({ thread }, place) => thread(place).site,
		cells: inboxOfOperators
	},
	list_site_team: {
		call: ({ thread }, place) => ({ site_id: thread(place).site }),
		shows: ({ people }, place) => (place === 'foreign' ? people.str : people.own).id,
		cells: inboxOfOperators
	},
	inbox_changes_since: {
		call: async (world) => ({ cursor: await cursorOf(world) }),
		moving: cursor,
		shows: ({ thread }, place) => thread(place).id,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	}
};
