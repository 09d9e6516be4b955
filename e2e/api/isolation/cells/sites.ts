import { uuidv7 } from '@chatiq/contracts/ids';
import type { TableCells } from '../cells.ts';
import { grid } from '../grid.ts';
import type { World } from '../world.ts';

/** Rows of sites, or of what has one row per site. */
const perSite =
	(column: string) =>
	({ a, b, secondSite }: World) => ({
		first: { [column]: a.site.id },
		second: { [column]: secondSite.id },
		foreign: { [column]: b.site.id },
		guessed: { [column]: uuidv7() }
	});

const readBySite = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   +   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

const editedByAdmins = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     +   +   -   -   x   x   x   x   x   -   -   +
	second    +   +   -   -   x   x   x   x   x   -   -   +
	foreign   -   -   -   -   x   x   x   x   x   +   -   +
	guessed   -   -   -   -   x   x   x   x   x   -   -   -`;

export const siteTables: Record<string, TableCells> = {
	sites: {
		rows: perSite('id'),
		select: readBySite,
		insert: 'never',
		update: [
			{
				columns:
					'name allowed_origins require_verification time_zone retention_days follow_pages missed_chat_minutes offline_reply_minutes ' +
					'routing routing_online_only first_reply_minutes next_reply_minutes reply_in_hours',
				cells: editedByAdmins
			}
		],
		delete: 'never'
	},
	site_operators: {
		rows: async ({ sql, a, b, secondSite, people }) => {
			// On the second site works an owner: a row there that the operator of the first must not see.
			await sql`
				insert into public.site_operators (site_id, organization_id, user_id)
				values (${secondSite.id}, ${a.organization}, ${people.own.id}),
					(${b.site.id}, ${b.organization}, ${people.str.id})
				on conflict do nothing`;
			return {
				first: { site_id: a.site.id, user_id: people.opr.id },
				second: { site_id: secondSite.id, user_id: people.own.id },
				foreign: { site_id: b.site.id, user_id: people.str.id },
				guessed: { site_id: uuidv7(), user_id: uuidv7() }
			};
		},
		select: readBySite,
		insert: 'never',
		update: 'never',
		delete: 'never'
	},
	widget_settings: {
		rows: perSite('site_id'),
		select: readBySite,
		insert: 'never',
		update: [
			{
				columns:
					'primary_color secondary_color position size theme language texts show_agents logo_url branding sounds ' +
					'pre_chat offline_form rating transcript consent file_kinds',
				cells: editedByAdmins
			}
		],
		delete: 'never'
	}
};
