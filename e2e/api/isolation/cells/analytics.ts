import type { FunctionCells, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { siteAt, spareSite } from '../spares.ts';

const day = (offset: number) =>
	new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

// The service may not read with the caller's rights; where a definer function asks for its sites, it has none.
const byPolicy = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  -   x   x   x   x   x   -   -   x
	second    ok  ok  -   -   x   x   x   x   x   -   -   x
	foreign   -   -   -   -   x   x   x   x   x   ok  -   x
	guessed   -   -   -   -   x   x   x   x   x   -   -   x`;

const byFunction = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  -   x   x   x   x   x   -   -   -
	second    ok  ok  -   -   x   x   x   x   x   -   -   -
	foreign   -   -   -   -   x   x   x   x   x   ok  -   -
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

export const analyticsTables: Record<string, TableCells> = {
	daily_page_stats: {
		rows: async ({ sql, a, b, secondSite }) => {
			const rowOf = async (site: string) => {
				const [row] = await sql<{ id: string }[]>`
					insert into public.daily_page_stats (organization_id, site_id, day, page)
					select organization_id, id, '2020-01-01', 'shop.test/beans' from public.sites where id = ${site}
					on conflict (site_id, day, page) do update set page = excluded.page returning id::text`;
				return { id: row?.id ?? '' };
			};
			return {
				first: await rowOf(a.site.id),
				second: await rowOf(secondSite.id),
				foreign: await rowOf(b.site.id)
			};
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     +   +   +   -   x   x   x   x   x   -   -   +
			second    +   +   -   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	monthly_stats: {
		rows: async ({ sql, a, b, secondSite, people }) => {
			const rowOf = async (site: string, operator: string | null = null) => {
				const [row] = await sql<{ id: string }[]>`
					insert into public.monthly_stats (organization_id, site_id, month, operator_id)
					select organization_id, id, '2020-01-01', ${operator} from public.sites where id = ${site}
					on conflict (site_id, month, operator_id, page) do update set month = excluded.month returning id::text`;
				return { id: row?.id ?? '' };
			};
			return {
				opr: await rowOf(a.site.id, people.opr.id),
				own: await rowOf(a.site.id, people.own.id),
				first: await rowOf(a.site.id),
				second: await rowOf(secondSite.id),
				foreign: await rowOf(b.site.id)
			};
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

export const analyticsFunctions: Record<string, FunctionCells> = {
	read_analytics: {
		call: (world, place) => ({
			from_day: day(-1),
			to_day: day(1),
			site_ids: [siteAt(world, place).id]
		}),
		shows: (world, place) => siteAt(world, place).id,
		cells: byPolicy
	},
	read_late_replies: {
		call: (world, place) => ({
			from_day: day(-1),
			to_day: day(1),
			site_ids: [siteAt(world, place).id]
		}),
		shows: (world, place) => siteAt(world, place).id,
		cells: byFunction
	},
	read_live_stats: {
		call: (world, place) => ({ site_ids: [siteAt(world, place).id] }),
		shows: (world, place) => siteAt(world, place).id,
		cells: byFunction
	},
	// Two days of a site where nobody talks.
	freshen_stats: {
		call: (world, place) => ({ site_ids: [spareSite(world, place).id] }),
		shows: () => '2',
		cells: byFunction
	},
	// 'other': what a colleague answered is for admins, and for the colleague.
	list_stat_conversations: {
		call: ({ thread, people }, place) => ({
			...{ measure: 'answered', max_rows: 200 },
			from_day: day(-1),
			to_day: day(1),
			...(place === 'other' ? { operator_id: people.opr.id } : { site_ids: [thread(place).site] })
		}),
		shows: ({ thread }, place) => thread(place === 'other' ? 'ver' : place).id,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       ok  ok  ok  -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			other     ok  ok  ok  -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	}
};
