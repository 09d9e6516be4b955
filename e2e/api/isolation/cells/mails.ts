import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt, spareJob, spareVisitor } from '../spares.ts';
import type { World } from '../world.ts';

/** What the worker and the function inbound-mail call with the secret key; no client may. */
const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

const nothingThere = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   -
	foreign   x   x   x   x   x   x   x   x   x   x   x   -`;

const reported = (world: World, place: string) => ({
	organization_id: organizationAt(world, place),
	user_id: world.people[place === 'foreign' ? 'str' : 'own'].id
});

const ofAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  403 403 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const adminRefusals = { 403: 'forbidden', 404: 'organization_not_found' } as const;

/** An address that nobody has, to which mail of the organisation of the line does not go. */
async function bounced(
	world: World,
	place: string
): Promise<{ organization_id: string; email: string }> {
	const [organization_id, email] = [organizationAt(world, place), `${randomUUID()}@bounced.test`];
	if (place !== 'guessed') {
		const row = { organization_id, email, kind: 'bounce' };
		await world.sql`insert into private.bounced_addresses ${world.sql(row)}`;
	}
	return { organization_id, email };
}

/** The same of a visitor. */
async function bouncedVisitor(world: World, place: string): Promise<string> {
	const visitor = await spareVisitor(world, place);
	const { email } = await bounced(world, place === 'second' ? 'first' : place);
	await world.sql`update public.visitors set email = ${email} where id = ${visitor}`;
	return visitor;
}

async function replyToken(world: World, place: string): Promise<string | undefined> {
	const { id } = world.thread(place === 'foreign' ? 'foreign' : 'unv');
	const [row] = await world.sql<{ token: string }[]>`
		select app.open_reply_address(c, null) as token from public.conversations as c where c.id = ${id}`;
	return row?.token;
}

export const mailFunctions: Record<string, FunctionCells> = {
	reply_recipient: {
		call: async (world, place) => ({
			token: await replyToken(world, place),
			message_id: randomUUID(),
			sender: 'a@x.test'
		}),
		shows: () => '"kind": "visitor"',
		cells: serviceOnly
	},
	prepare_reply_file: {
		call: async (world, place) => ({
			token: await replyToken(world, place),
			message_id: randomUUID(),
			place: 1,
			name: 'spare.png',
			content_type: 'image/png',
			size_bytes: 10
		}),
		shows: () => 'spare.png',
		cells: serviceOnly
	},
	// To nobody: what it stores would change the threads that all others ask for.
	receive_reply: {
		call: () => ({
			token: '0'.repeat(40),
			message_id: randomUUID(),
			sender: 'a@x.test',
			parts: ['Hello'],
			late_parts: ['Hello']
		}),
		shows: () => 'unknown',
		cells: serviceOnly
	},
	// These visitors left no address.
	reply_refused_mail: {
		call: (world, place) => ({
			conversation_id: world.thread(place === 'foreign' ? 'foreign' : 'unv').id,
			user_id: null,
			reason: 'expired'
		}),
		cells: nothingThere
	},
	may_mail: {
		call: async (world, place) => ({ job_id: await spareJob(world, place), email: 'a@x.test' }),
		shows: () => 'true',
		cells: serviceOnly
	},
	note_bounce: {
		call: async (world, place) => ({
			job_id: await spareJob(world, place),
			email: `${randomUUID()}@bounced.test`,
			kind: 'bounce'
		}),
		shows: () => '1',
		cells: serviceOnly
	},
	// These members asked for no digest, and nothing was counted in that week.
	digest_mail: {
		call: (world, place) => reported(world, place),
		cells: nothingThere
	},
	weekly_report_mail: {
		call: (world, place) => ({ ...reported(world, place), day: '2019-12-30' }),
		cells: nothingThere
	},
	list_bounces: {
		call: async (world, place) => ({
			organization_id: (await bounced(world, place)).organization_id
		}),
		shows: () => '@bounced.test',
		refusals: adminRefusals,
		cells: ofAdmins
	},
	read_mail_counts: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		refusals: adminRefusals,
		cells: ofAdmins
	},
	read_organization_health: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		shows: () => 'lag_seconds',
		refusals: adminRefusals,
		cells: ofAdmins
	},
	visitor_bounce: {
		call: async (world, place) => ({ visitor_id: await bouncedVisitor(world, place) }),
		shows: () => '@bounced.test',
		cells: grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  -   x   x   x   x   x   -   -   -
	second    ok  ok  -   -   x   x   x   x   x   -   -   -
	foreign   -   -   -   -   x   x   x   x   x   ok  -   -
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	lift_bounce: {
		call: (world, place) => bounced(world, place),
		shows: () => 'true',
		refusals: { 404: 'organization_not_found' },
		cells: grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	}
};
