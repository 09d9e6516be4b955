import { randomUUID } from 'node:crypto';
import type { FunctionCells, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { siteAt, spareVisitor } from '../spares.ts';
import type { World } from '../world.ts';

const readBySite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

const changedByAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   -   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +`;

/** Addresses of the documentation: no visitor comes from there. */
const address = '203.0.113.7/32';

async function blocked(world: World, place: string, kind: 'identity' | 'address'): Promise<string> {
	const id = randomUUID();
	const { id: site_id, organization_id } = siteAt(world, place);
	if (place === 'guessed') return id;
	const { sql } = world;
	const named = kind === 'address' ? { address } : { identity: `nobody ${id}` };
	await sql`insert into public.blocklist ${sql({ id, site_id, organization_id, kind, ...named })}`;
	return id;
}

export const blocklistTables: Record<string, TableCells> = {
	blocklist: {
		rows: async (world) => {
			const rows: Record<string, { id: string }> = {};
			for (const place of ['first', 'second', 'foreign']) {
				rows[place] = { id: await blocked(world, place, 'identity') };
			}
			return rows;
		},
		select: readBySite,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	// A limit that nothing asks for: those of the sites themselves are lifted for the matrix.
	rate_limits: {
		rows: async (world) => {
			const rows: Record<string, Record<string, string>> = {};
			for (const place of ['first', 'second', 'foreign']) {
				const { id: site_id, organization_id } = siteAt(world, place);
				const key = { site_id, kind: 'session', scope: 'visitor' };
				await world.sql`
					insert into public.rate_limits ${world.sql({ ...key, organization_id, burst: 5, per_minute: 5 })}
					on conflict do nothing`;
				rows[place] = key;
			}
			return rows;
		},
		select: readBySite,
		insert: {
			columns: 'site_id organization_id kind scope burst per_minute',
			cells: grid`
				          own adm opr una ver unv oth blk pas str rem svc
				first     +   +   x   x   x   x   x   x   x   x   x   +
				second    +   +   x   x   x   x   x   x   x   x   x   +
				foreign   x   x   x   x   x   x   x   x   x   +   x   +`
		},
		update: [{ columns: 'burst per_minute', cells: changedByAdmins }],
		delete: changedByAdmins
	}
};

/** Operators of the site block and unblock whom they see; addresses are for admins. */
const operatorsBlock = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  404 x   x   x   x   x   404 404 404
	second    ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

export const blocklistFunctions: Record<string, FunctionCells> = {
	block_visitor: {
		call: async (world, place) => ({
			id: randomUUID(),
			visitor_id: await spareVisitor(world, place)
		}),
		refusals: { 404: 'visitor_not_found' },
		cells: operatorsBlock
	},
	block_visitor_address: {
		call: async (world, place) => ({
			id: randomUUID(),
			visitor_id: await spareVisitor(world, place)
		}),
		refusals: { 404: 'visitor_not_found' },
		cells: operatorsBlock
	},
	block_address: {
		call: (world, place) => ({ id: randomUUID(), site_id: siteAt(world, place).id, address }),
		refusals: { 404: 'site_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  404 404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	// Answers nothing to anybody: what counts is whether the block is gone.
	unblock: {
		call: async (world, place) => ({
			id: await blocked(
				world,
				place === 'address' ? 'first' : place,
				place === 'address' ? 'address' : 'identity'
			)
		}),
		happened: async ({ sql }, { id }) =>
			(await sql`select from public.blocklist where id = ${String(id)}`).length === 0,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  -   x   x   x   x   x   -   -   -
			address   ok  ok  -   -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -`
	}
};
