import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { siteAt } from '../spares.ts';
import type { World } from '../world.ts';

const refusals = { 403: 'forbidden', 404: 'site_not_found' };

/** On the site of the line. */
const siteAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  403 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const serviceOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     x   x   x   x   x   x   x   x   x   x   x   ok
	foreign   x   x   x   x   x   x   x   x   x   x   x   ok`;

async function spareSnippetMail(world: World, place: string) {
	const { id: site_id, organization_id } = siteAt(world, place);
	const mail = { id: randomUUID(), site_id, organization_id };
	if (place !== 'guessed') {
		await world.sql`
			insert into private.snippet_mails
			${world.sql({ ...mail, email: `${place}@developers.test`, language: 'en' })}`;
	}
	return mail;
}

/** The code of a site's widget, mailed to whoever builds the pages. */
export const snippetFunctions: Record<string, FunctionCells> = {
	mail_snippet: {
		call: (world, place) => ({
			...{ mail_id: randomUUID(), site_id: siteAt(world, place).id, language: 'uk' },
			email: `${randomUUID()}@developers.test`
		}),
		refusals: refusals,
		cells: siteAdmins
	},
	list_snippet_mails: {
		call: async (world, place) => ({ site_id: (await spareSnippetMail(world, place)).site_id }),
		shows: (_world, place) => `${place}@developers.test`,
		refusals: refusals,
		cells: siteAdmins
	},
	begin_page_check: {
		call: (world, place) => ({ site_id: siteAt(world, place).id }),
		refusals: refusals,
		cells: siteAdmins
	},
	judge_page: {
		call: (world, place) => ({
			...{ site_id: siteAt(world, place).id, origin: 'https://elsewhere.test', keys: [] }
		}),
		shows: () => 'missing',
		refusals: refusals,
		cells: siteAdmins
	},
	snippet_mail: {
		call: async (world, place) => ({ mail_id: (await spareSnippetMail(world, place)).id }),
		shows: (_world, place) => `${place}@developers.test`,
		cells: serviceOnly
	},
	snippet_mailed: {
		call: async (world, place) => ({ mail_id: (await spareSnippetMail(world, place)).id }),
		cells: serviceOnly
	}
};
