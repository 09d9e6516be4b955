import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt, siteAt, spareJob } from '../spares.ts';
import type { World } from '../world.ts';

/** What the worker calls with the secret key; no client may. */
const workerOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

/** What only finds something for the right row, asked for by the worker. */
const nothingThere = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   -
	foreign   x   x   x   x   x   x   x   x   x   x   x   -`;

const ofAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const onJob: FunctionCells = {
	call: async (world, place) => ({ job_id: await spareJob(world, place) }),
	refusals: { 404: 'job_not_found' },
	cells: ofAdmins
};

const ofLease = () => ({ lease_id: randomUUID(), job_ids: [randomUUID()] });
const conversationAt = (world: World, place: string) =>
	world.thread(place === 'foreign' ? 'foreign' : 'unv').id;
const since = '2026-01-01T00:00:00Z';

export const jobFunctions: Record<string, FunctionCells> = {
	list_jobs: {
		call: async (world, place) => {
			await spareJob(world, place);
			return { organization_id: organizationAt(world, place) };
		},
		shows: () => '"kind": "spare"',
		refusals: { 403: 'forbidden', 404: 'organization_not_found' },
		cells: grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  403 403 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	retry_job: onJob,
	discard_job: onJob,
	// Nothing stays taken: the lease is over at once.
	claim_jobs: { call: () => ({ max_jobs: 1, lease_seconds: 1 }), cells: workerOnly },
	extend_jobs: { call: ofLease, cells: nothingThere },
	complete_jobs: { call: ofLease, cells: workerOnly },
	release_jobs: { call: ofLease, cells: workerOnly },
	fail_job: {
		call: () => ({ lease_id: randomUUID(), job_id: randomUUID(), reason: 'none' }),
		cells: workerOnly
	},
	refresh_stats: {
		// Not the day of the rows that the tables are asked for: they would be counted anew and go.
		call: (world, place) => ({ site_id: siteAt(world, place).id, day: '2019-12-31' }),
		cells: workerOnly
	},
	// The organisations live: there is nothing to erase.
	keys_to_unpublish: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		cells: nothingThere
	},
	logos_to_remove: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		cells: nothingThere
	},
	erase_organization_part: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		cells: workerOnly
	},
	offline_reply_mail: {
		call: (world, place) => ({ conversation_id: conversationAt(world, place) }),
		cells: nothingThere
	},
	offline_reply_sent: {
		call: (world, place) => ({ conversation_id: conversationAt(world, place), seq: 0 }),
		cells: workerOnly
	},
	transcript_mail: {
		call: (world, place) => ({ conversation_id: conversationAt(world, place), language: 'en' }),
		shows: () => '"lines"',
		cells: workerOnly
	},
	miss_chat: {
		call: (world, place) => ({ conversation_id: conversationAt(world, place), since }),
		cells: workerOnly
	},
	missed_chat_mail: {
		call: (world, place) => ({
			conversation_id: conversationAt(world, place),
			since,
			user_id: world.people.opr.id
		}),
		cells: nothingThere
	},
	invitation_mail: {
		call: () => ({ invitation_id: randomUUID() }),
		cells: nothingThere
	},
	// The function of that name hands the signed token on. These visitors left no address.
	unsubscribe: {
		call: async ({ sql, a, b, thread }, place) => {
			const organization = place === 'foreign' ? b.organization : a.organization;
			const { visitor } = thread(place === 'foreign' ? 'foreign' : 'unv');
			const [row] = await sql<{ token: string }[]>`
				select app.unsubscribe_token(${organization}, 'visitor', ${visitor}) as token`;
			return { token: row?.token };
		},
		shows: () => 'true',
		cells: workerOnly
	}
};
