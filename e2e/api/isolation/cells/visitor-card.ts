import { randomUUID } from 'node:crypto';
import type { FunctionCells, Key, TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { spareVisitor } from '../spares.ts';

/** Operators of the site see whom it is about. */
const operatorsOfSite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  ok  404 x   x   x   x   x   404 404 404
	second    ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

export const visitorCardTables: Record<string, TableCells> = {
	visitor_pages: {
		rows: async ({ sql, thread }) => {
			const keys: Record<string, Key> = { guessed: { id: randomUUID() } };
			for (const place of ['ver', 'unv', 'oth', 'blk', 'second', 'foreign']) {
				const id = randomUUID();
				const { organization, site, visitor } = thread(place);
				await sql`
					insert into public.visitor_pages (id, organization_id, site_id, visitor_id, url)
					values (${id}, ${organization}, ${site}, ${visitor}, 'https://shop.test/menu')`;
				keys[place] = { id };
			}
			return keys;
		},
		select: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			ver       +   +   +   -   x   x   x   x   x   -   -   +
			unv       +   +   +   -   x   x   x   x   x   -   -   +
			oth       +   +   +   -   x   x   x   x   x   -   -   +
			blk       +   +   +   -   x   x   x   x   x   -   -   +
			second    +   +   -   -   x   x   x   x   x   -   -   +
			foreign   -   -   -   -   x   x   x   x   x   +   -   +
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`,
		insert: 'never',
		update: 'never',
		delete: 'never'
	}
};

/** What a visitor's card can do, and the pages that a visitor's browser tells. */
export const visitorCardFunctions: Record<string, FunctionCells> = {
	change_visitor: {
		call: async (world, place) => ({
			visitor_id: await spareVisitor(world, place),
			changes: { note: 'Comes on Mondays' }
		}),
		refusals: { 404: 'visitor_not_found' },
		cells: operatorsOfSite
	},
	// `abroad`: the one who stays is the caller's, the other is of another organisation; `across` of another site.
	merge_visitors: {
		call: async (world, place) => {
			const [mine, other] = { abroad: ['first', 'foreign'], across: ['first', 'second'] }[
				place
			] ?? [place, place];
			return {
				visitor_id: await spareVisitor(world, mine ?? place),
				other_id: await spareVisitor(world, other ?? place)
			};
		},
		refusals: { 404: 'visitor_not_found', 422: 'other_site' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  404 x   x   x   x   x   404 404 404
			second    ok  ok  404 404 x   x   x   x   x   404 404 404
			across    422 422 404 404 x   x   x   x   x   404 404 404
			abroad    404 404 404 404 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	separate_visitor: {
		call: async (world, place) => {
			const [visitor_id, into] = [
				await spareVisitor(world, place),
				await spareVisitor(world, place)
			];
			await world.sql`
				update public.visitors set merged_into = ${into}, person_id = ${into} where id = ${visitor_id}`;
			return { visitor_id };
		},
		shows: () => 'true',
		refusals: { 404: 'visitor_not_found' },
		cells: operatorsOfSite
	},
	find_same_visitors: {
		call: async (world, place) => {
			const [visitor_id, other] = [
				await spareVisitor(world, place),
				await spareVisitor(world, place)
			];
			const phone = `+380 44 ${String(Math.random()).slice(2, 9)}`;
			await world.sql`
				update public.visitors set phone = ${phone} where id in (${visitor_id}, ${other})`;
			return { visitor_id };
		},
		shows: () => '"by": ["phone"]',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  -   x   x   x   x   x   -   -   -
			second    ok  ok  -   -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	// There is nobody to name: what is kept is of the visitor in the token.
	note_page: {
		call: () => ({ page_id: randomUUID(), url: 'https://shop.test/menu', title: 'Menu' }),
		refusals: { 401: 'session_required', 403: 'visitor_blocked' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			any       x   x   x   x   ok  ok  ok  403 401 x   x   401`
	}
};
