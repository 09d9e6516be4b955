import { uuidv7 } from '@chatiq/contracts/ids';
import type { FunctionCells, Key, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt } from '../spares.ts';
import type { World } from '../world.ts';

type Asked = Record<string, readonly [organization: string, column: string, value: string | null]>;

const keysOf =
	(table: string, asked: (world: World) => Asked) =>
	async (world: World): Promise<Record<string, Key>> => {
		const { sql } = world;
		const keys: Record<string, Key> = {};
		for (const [place, [organization, column, value]] of Object.entries(asked(world))) {
			const [row] = await sql<{ id: string }[]>`
				select id::text from public.${sql(table)} as t
				where organization_id = ${organization} and ${sql(column)}::text is not distinct from ${value}
				order by to_jsonb(t) ->> 'operator_id' nulls first, to_jsonb(t) ->> 'day', id limit 1`;
			if (!row) throw new Error(`${table} has no row for '${place}'`);
			keys[place] = { id: row.id };
		}
		return keys;
	};

const views = keysOf('saved_views', ({ a, b }) => ({
	own: [a.organization, 'name', 'Mine'],
	shared: [a.organization, 'name', 'Shared'],
	foreign: [b.organization, 'name', 'Mine']
}));

const statsOf = keysOf('daily_stats', ({ a, b, secondSite, people }) => ({
	opr: [a.organization, 'operator_id', people.opr.id],
	own: [a.organization, 'operator_id', people.own.id],
	first: [a.organization, 'site_id', a.site.id],
	second: [a.organization, 'site_id', secondSite.id],
	foreign: [b.organization, 'site_id', b.site.id]
}));

/** What belongs to one person, what the log and the numbers say. */
export const personalTables: Record<string, TableCells> = {
	saved_views: {
		rows: async (world) => {
			const { sql, a, people } = world;
			await sql`
				insert into public.saved_views (organization_id, user_id, name, filters, shared)
				values (${a.organization}, ${people.opr.id}, 'Shared', '{}', true)`;
			return views(world);
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   -   -   -   x   x   x   x   x   -   -   +
			shared    +   +   +   +   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		// Whoever makes a view is its owner: a client cannot name another person, and the service is nobody.
		insert: {
			columns: 'id organization_id name filters shared position',
			cells: grid`
				          own adm opr una ver unv oth blk pas str rem svc
				own       +   +   +   +   x   x   x   x   x   x   x   400:23502
				shared    +   +   +   +   x   x   x   x   x   x   x   400:23502
				foreign   x   x   x   x   x   x   x   x   x   +   x   400:23502`
		},
		update: [
			{
				columns: 'name filters shared position',
				cells: grid`
					          own adm opr una ver unv oth blk pas str rem svc
					own       +   -   -   -   x   x   x   x   x   -   -   +
					shared    -   -   +   -   x   x   x   x   x   -   -   +
					foreign   -   -   -   -   x   x   x   x   x   +   -   +`
			}
		],
		// What is shown to all, admins may take away.
		delete: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   -   -   -   x   x   x   x   x   -   -   +
			shared    +   +   +   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`
	},
	saved_view_orders: {
		rows: async ({ sql, a, b, people }) => {
			const keys: Record<string, Key> = {};
			for (const [place, organization_id, user_id] of [
				['own', a.organization, people.own.id],
				['opr', a.organization, people.opr.id],
				['foreign', b.organization, people.str.id]
			] as const) {
				await sql`
					insert into public.saved_view_orders (organization_id, user_id, view_ids)
					values (${organization_id}, ${user_id}, ${[uuidv7()]}) on conflict do nothing`;
				keys[place] = { organization_id, user_id };
			}
			return keys;
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   -   -   -   x   x   x   x   x   -   -   +
			opr       -   -   +   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	drafts: {
		rows: async ({ sql, people, thread }) => {
			const keys: Record<string, Key> = {};
			for (const [place, of, user_id] of [
				['own', 'ver', people.own.id],
				['opr', 'ver', people.opr.id],
				['foreign', 'foreign', people.str.id]
			] as const) {
				const { id: conversation_id, organization, site } = thread(of);
				await sql`
					insert into public.drafts (user_id, conversation_id, visibility, organization_id, site_id, body)
					values (${user_id}, ${conversation_id}, 'team', ${organization}, ${site}, 'Begun')
					on conflict do nothing`;
				keys[place] = { user_id, conversation_id, visibility: 'team' };
			}
			return keys;
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			own       +   -   -   -   x   x   x   x   x   -   -   +
			opr       -   -   +   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	notifications: {
		rows: keysOf('notifications', ({ a, b, people }) => ({
			opr: [a.organization, 'user_id', people.opr.id],
			foreign: [b.organization, 'user_id', people.str.id]
		})),
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			opr       -   -   +   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			opr       -   -   +   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		copy: () => ({ dedupe_key: uuidv7() })
	},
	audit_log: {
		rows: keysOf('audit_log', ({ a, b }) => ({
			a: [a.organization, 'entity', 'labels'],
			foreign: [b.organization, 'entity', 'labels']
		})),
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         +   +   -   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	// Who was rated has numbers; the site's own stand in a row without a person.
	daily_stats: {
		rows: async (world) => {
			// Of a day that is not counted anew while the tests run.
			await world.sql`
				insert into public.daily_stats
				select (jsonb_populate_record(
					t, jsonb_build_object(
						'id', nextval(pg_get_serial_sequence('public.daily_stats', 'id')), 'day', '2020-01-01'
					)
				)).*
				from public.daily_stats as t where t.organization_id in (${world.a.organization}, ${world.b.organization})
				on conflict do nothing`;
			return statsOf(world);
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			opr       +   +   +   -   x   x   x   x   x   -   -   +
			own       +   +   -   -   x   x   x   x   x   -   -   +
			first     +   +   +   -   x   x   x   x   x   -   -   +
			second    +   +   -   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};

export const personalFunctions: Record<string, FunctionCells> = {
	order_saved_views: {
		call: (world, place) => ({
			organization_id: organizationAt(world, place),
			view_ids: [uuidv7()]
		}),
		happened: async ({ sql }, { view_ids }) =>
			(await sql`select from public.saved_view_orders where view_ids = ${view_ids as string[]}`)
				.length > 0,
		refusals: { 404: 'organization_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  ok  ok  x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	}
};
