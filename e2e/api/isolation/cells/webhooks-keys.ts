import { createHash, randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt } from '../spares.ts';
import type { World } from '../world.ts';

/** The row of the table that `furnish` made for the organisation of the line. */
async function rowOf(world: World, table: string, place: string): Promise<string> {
	const { sql } = world;
	if (place === 'guessed') return randomUUID();
	const [row] = await sql<{ id: string }[]>`
		select id from public.${sql(table)} where organization_id = ${organizationAt(world, place)} limit 1`;
	if (!row) throw new Error(`${table} has no row for '${place}'`);
	return row.id;
}

const adminsAct = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

/** Refused to whoever has no key that is known; the service itself has none either. */
const keyless = (args: Record<string, unknown>): FunctionCells => ({
	call: () => ({ key_hash: createHash('sha256').update(randomUUID()).digest('hex'), ...args }),
	refusals: { 401: 'api_key_invalid' },
	cells: grid`
		          own adm opr una ver unv oth blk pas str rem svc
		any       x   x   x   x   x   x   x   x   x   x   x   401`
});

/** What only finds something for the right row, asked for by the worker. */
const nothingThere = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	any       x   x   x   x   x   x   x   x   x   x   x   -`;

export const webhookFunctions: Record<string, FunctionCells> = {
	read_webhook_secret: {
		call: async (world, place) => ({ webhook_id: await rowOf(world, 'webhooks', place) }),
		refusals: { 404: 'webhook_not_found' },
		cells: adminsAct
	},
	// A version that is replaced already: nothing more happens.
	rotate_webhook_secret: {
		call: async (world, place) => ({
			webhook_id: await rowOf(world, 'webhooks', place),
			version: 0
		}),
		refusals: { 404: 'webhook_not_found' },
		cells: adminsAct
	},
	replay_webhook_delivery: {
		call: async (world, place) => ({
			delivery_id: await rowOf(world, 'webhook_deliveries', place)
		}),
		refusals: { 404: 'delivery_not_found' },
		cells: adminsAct
	},
	replay_dead_deliveries: {
		call: async (world, place) => ({ webhook_id: await rowOf(world, 'webhooks', place) }),
		refusals: { 404: 'webhook_not_found' },
		cells: adminsAct
	},
	test_webhook: {
		call: async (world, place) => ({
			webhook_id: await rowOf(world, 'webhooks', place),
			event_id: randomUUID()
		}),
		refusals: { 404: 'webhook_not_found' },
		cells: adminsAct
	},
	// Nothing is due: the deliveries of the world wait for ever.
	claim_webhook_delivery: {
		call: () => ({ webhook_id: randomUUID(), runner: randomUUID() }),
		cells: nothingThere
	},
	record_webhook_delivery: {
		call: () => ({ delivery_id: randomUUID(), runner: randomUUID(), outcome: {} }),
		cells: nothingThere
	},
	create_api_key: {
		call: async (world, place) => ({
			key_id: place === 'taken' ? await rowOf(world, 'api_keys', 'foreign') : randomUUID(),
			organization_id: organizationAt(world, place),
			name: 'Spare',
			scopes: ['messages:read']
		}),
		refusals: { 403: 'forbidden', 404: 'organization_not_found', 409: 'id_conflict' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  403 403 x   x   x   x   x   404 404 404
			taken     409 409 403 403 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	revoke_api_key: {
		call: async (world, place) => ({ key_id: await spareKey(world, place).then(({ id }) => id) }),
		refusals: { 404: 'api_key_not_found' },
		cells: adminsAct
	},
	// What a key opens, and what of others it does not, is in e2e/api/api.test.ts.
	api_list_conversations: keyless({}),
	api_get_conversation: keyless({ conversation_id: randomUUID() }),
	api_change_conversation: keyless({ conversation_id: randomUUID(), changes: {} }),
	api_list_messages: keyless({ conversation_id: randomUUID() }),
	api_send_message: keyless({
		...{ conversation_id: randomUUID(), message_id: randomUUID(), body: 'Hello' }
	}),
	api_list_visitors: keyless({}),
	api_get_visitor: keyless({ visitor_id: randomUUID() }),
	api_change_visitor: keyless({ visitor_id: randomUUID(), changes: {} }),
	use_api_key: {
		call: async (world, place) => ({ key_hash: (await spareKey(world, place)).hash }),
		shows: (world, place) => organizationAt(world, place),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         x   x   x   x   x   x   x   x   x   x   x   ok
			foreign   x   x   x   x   x   x   x   x   x   x   x   ok
			guessed   x   x   x   x   x   x   x   x   x   x   x   -`
	}
};

async function spareKey(world: World, place: string): Promise<{ id: string; hash: string }> {
	const { sql } = world;
	const id = randomUUID();
	const hash = createHash('sha256').update(id).digest('hex');
	if (place === 'guessed') return { id, hash };
	await sql`
		with key as (
			insert into public.api_keys (id, organization_id, name, prefix, scopes)
			values (${id}, ${organizationAt(world, place)}, 'Spare', 'ciq_spare', '{messages:read}') returning id
		)
		insert into private.api_key_hashes (key_hash, api_key_id) select decode(${hash}, 'hex'), id from key`;
	return { id, hash };
}
