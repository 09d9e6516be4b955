import { uuidv7 } from '@chatiq/contracts/ids';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { spareConversation } from '../spares.ts';

/** Operators of the site act, everybody else hears that there is no such conversation. */
const operatorsAct = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	ver       ok  ok  ok  404 x   x   x   x   x   404 404 404
	blk       ok  ok  ok  404 x   x   x   x   x   404 404 404
	second    ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const notFound = { 404: 'conversation_not_found' };

/** A label of B is no label to a conversation of A, and the other way about. */
const labels = grid`
	              own adm opr una ver unv oth blk pas str rem svc
	ver           ok  ok  ok  404 x   x   x   x   x   404 404 404
	second        ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign       404 404 404 404 x   x   x   x   x   ok  404 404
	guessed       404 404 404 404 x   x   x   x   x   404 404 404`;

/** What operators do with conversations besides writing. */
export const conversationWork: Record<string, FunctionCells> = {
	set_conversation_status: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, status: 'open' }),
		refusals: notFound,
		cells: operatorsAct
	},
	set_conversation_priority: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, priority: 'normal' }),
		refusals: notFound,
		cells: operatorsAct
	},
	snooze_conversation: {
		call: async (world, place) => ({
			conversation_id: await spareConversation(world, place),
			until: new Date(Date.now() + 86_400_000).toISOString()
		}),
		refusals: notFound,
		cells: operatorsAct
	},
	// To nobody; and to people who do not answer on the site.
	assign_conversation: {
		call: ({ thread, people }, place) => {
			const to: Record<string, string> = { to_una: people.una.id, to_str: people.str.id };
			return {
				conversation_id: thread(to[place] ? 'ver' : place).id,
				assignee_id: to[place] ?? null
			};
		},
		refusals: { ...notFound, 422: 'assignee_not_on_site' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  404 x   x   x   x   x   404 404 404
			to_una    422 422 422 404 x   x   x   x   x   404 404 404
			to_str    422 422 422 404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	label_conversation: {
		call: async ({ sql, thread, a, b }, place) => {
			const organization = place === 'foreign' || place === 'theirs' ? b : a;
			const [label] = await sql<{ id: string }[]>`
				select id from public.labels where organization_id = ${organization.organization} limit 1`;
			return {
				conversation_id: thread(place === 'theirs' ? 'ver' : place).id,
				label_id: label?.id
			};
		},
		refusals: { ...notFound, '404l': 'label_not_found' },
		cells: {
			...labels,
			...grid`
				          own  adm  opr  una ver unv oth blk pas str rem svc
				theirs    404l 404l 404l 404 x   x   x   x   x   404 404 404`
		}
	},
	unlabel_conversation: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, label_id: uuidv7() }),
		refusals: notFound,
		cells: labels
	},
	follow_conversation: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, following: true }),
		refusals: notFound,
		cells: operatorsAct
	},
	list_transfer_targets: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id }),
		refusals: notFound,
		cells: operatorsAct
	},
	// To the second site, on which the operator does not work, to their own site, and across organisations.
	transfer_conversation: {
		call: async (world, place) => {
			const [to, from] = {
				to_second: [world.secondSite.id, await spareConversation(world, 'blk')] as const,
				to_foreign: [world.b.site.id, world.threads.oth.id] as const
			}[place] ?? [world.thread(place).site, world.thread(place).id];
			return { conversation_id: from, site_id: to };
		},
		refusals: { ...notFound, '404s': 'site_not_found' },
		cells: grid`
			           own  adm  opr  una  ver unv oth blk pas str  rem  svc
			ver        ok   ok   ok   404  x   x   x   x   x   404  404  404
			to_second  ok   ok   404s 404  x   x   x   x   x   404  404  404
			to_foreign 404s 404s 404s 404  x   x   x   x   x   404  404  404
			second     ok   ok   404  404  x   x   x   x   x   404  404  404
			foreign    404  404  404  404  x   x   x   x   x   ok   404  404
			guessed    404  404  404  404  x   x   x   x   x   404  404  404`
	},
	get_inbox_conversation: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id }),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  -   x   x   x   x   x   -   -   -
			blk       ok  ok  ok  -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	// The first message of each thread names its visitor.
	search_inbox: {
		// In all organisations of the caller.
		call: ({ thread }, place) => ({
			question: `Hello from ${thread(place).visitor}`,
			organization_id: null
		}),
		shows: ({ thread }, place) => thread(place).messages[0],
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  -   x   x   x   x   x   -   -   -
			blk       ok  ok  ok  -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	rate_conversation: {
		call: ({ thread }, place) => ({ conversation_id: thread(place).id, score: 5 }),
		refusals: { ...notFound, 401: 'session_required' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   ok  404 404 404 401 x   x   401
			unv       x   x   x   x   404 ok  404 404 401 x   x   401
			blk       x   x   x   x   404 404 404 404 401 x   x   401
			second    x   x   x   x   404 404 404 404 401 x   x   401
			foreign   x   x   x   x   404 404 404 404 401 x   x   401
			guessed   x   x   x   x   404 404 404 404 401 x   x   401`
	}
};
