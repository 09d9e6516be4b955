import { randomUUID } from 'node:crypto';
import type { BucketCells, FunctionCells, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt } from '../spares.ts';
import type { World } from '../world.ts';

const pathOf = (organization: string) => `${organization}/spare/1/conversations-1.json`;

/** An export of the organisation of the line; a finished one lists the file of `pathOf`. */
async function spareExport(
	world: World,
	place: string,
	state: 'running' | 'done' = 'done'
): Promise<string> {
	const id = randomUUID();
	if (place === 'guessed') return id;
	const { sql } = world;
	const organization_id = organizationAt(world, place);
	const file = { path: pathOf(organization_id), name: 'conversations-1.json', rows: 1, bytes: 2 };
	await sql`insert into public.exports ${sql({
		...{ id, organization_id, kind: 'conversations', format: 'json', state },
		section: state === 'done' ? null : 'conversations',
		expires_at: state === 'done' ? '2100-01-01' : null,
		files: sql.json(state === 'done' ? [file] : [])
	})}`;
	return id;
}

const admins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         +   +   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   +   -   +`;

const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         -   -   -   -   -   -   -   -   -   -   -   +
	foreign   -   -   -   -   -   -   -   -   -   -   -   +`;

const calledByService = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

export const exportsTables: Record<string, TableCells> = {
	exports: {
		rows: async (world) => ({
			a: { id: await spareExport(world, 'a') },
			foreign: { id: await spareExport(world, 'foreign') }
		}),
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         +   +   -   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};

export const exportsFunctions: Record<string, FunctionCells> = {
	start_export: {
		call: (world, place) => ({
			...{ export_id: randomUUID(), organization_id: organizationAt(world, place) },
			...{ kind: 'visitors', format: 'csv' }
		}),
		refusals: { 403: 'forbidden', 404: 'organization_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  403 403 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	delete_export: {
		call: async (world, place) => ({ export_id: await spareExport(world, place) }),
		happened: async ({ sql }, { export_id }) =>
			(await sql`select from public.exports where id = ${String(export_id)}`).length === 0,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -`
	},
	next_export_part: {
		call: async (world, place) => ({ export_id: await spareExport(world, place, 'running') }),
		cells: calledByService
	},
	export_rows: {
		call: async (world, place) => ({
			export_id: await spareExport(world, place, 'running'),
			section: 'visitors'
		}),
		cells: calledByService
	},
	record_export_part: {
		call: async (world, place) => ({
			export_id: await spareExport(world, place, 'running'),
			...{ round: 1, position: null, file: { path: 'none', name: 'none', rows: 0, bytes: 0 } }
		}),
		shows: () => 'true',
		cells: calledByService
	}
};

/** Read by the admins of the organisation while the export is there, written by the service alone. */
export const exportsBucket: BucketCells = {
	public: false,
	prepare: async (world) => {
		await Promise.all(['a', 'foreign'].map((place) => spareExport(world, place)));
	},
	path: (world, place) => pathOf(organizationAt(world, place)),
	type: 'application/json',
	list: admins,
	read: admins,
	sign: admins,
	upload: serviceOnly,
	overwrite: serviceOnly,
	remove: serviceOnly
};
