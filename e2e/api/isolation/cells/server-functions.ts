import type { Tables } from '@chatiq/contracts/database';
import { randomBytes } from 'node:crypto';
import { origin } from '../../../support/tenant.ts';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

/** What our edge functions call with the secret key; no client may. */
const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

const session = (world: World, place: string) => ({
	site_key: site(world, place).site_key,
	origin,
	address: '192.0.2.1',
	new_token_hash: randomBytes(32).toString('hex')
});

function site({ a, b }: World, place: string): Tables<'sites'> {
	return place === 'foreign' ? b.site : a.site;
}

export const serverFunctions: Record<string, FunctionCells> = {
	open_visitor_session: { call: session, cells: serviceOnly },
	health_facts: { call: () => ({}), cells: serviceOnly },
	boot_visitor: { call: session, cells: serviceOnly },
	site_identity_secrets: {
		call: (world, place) => ({ site_key: site(world, place).site_key }),
		cells: serviceOnly
	},
	site_to_publish: {
		call: (world, place) => ({ site_id: site(world, place).id }),
		cells: serviceOnly
	}
};
