import { uuidv7 } from '@chatiq/contracts/ids';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt, siteAt } from '../spares.ts';

/** Hours, presence, and what the product says by itself. */
export const automationFunctions: Record<string, FunctionCells> = {
	read_business_status: {
		call: (world, place) => ({ site_id: siteAt(world, place).id }),
		shows: () => 'changes_at',
		refusals: { 404: 'site_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	preview_routing: {
		call: (world, place) => ({ site_id: siteAt(world, place).id }),
		shows: ({ people }, place) => (place === 'foreign' ? people.str : people.own).id,
		refusals: { 404: 'site_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	// One's own: whoever has an account may say that they are there.
	report_presence: {
		call: () => ({ idle_seconds: 0 }),
		shows: () => 'online',
		refusals: { 403: 'forbidden' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  ok  x   x   x   x   x   ok  ok  403
			foreign   ok  ok  ok  ok  x   x   x   x   x   ok  ok  403`
	},
	team_presence: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		shows: ({ people }, place) => (place === 'foreign' ? people.str.id : people.own.id),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  ok  ok  x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	// It answers what start_conversation answers; the rule of another site is none.
	start_conversation_from_teaser: {
		call: async ({ thread, sql, b }, place) => {
			const [rule] = await sql<{ id: string }[]>`
				select id from public.auto_reply_rules where site_id = ${b.site.id} limit 1`;
			return {
				conversation_id: thread(place).id,
				message_id: uuidv7(),
				body: 'Hello',
				rule_id: rule?.id
			};
		},
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
	run_auto_reply: {
		call: ({ thread }, place) => ({
			payload: { conversation_id: thread(place).id, event: 'message', body: 'x' }
		}),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       x   x   x   x   x   x   x   x   x   x   x   ok
			foreign   x   x   x   x   x   x   x   x   x   x   x   ok`
	}
};
