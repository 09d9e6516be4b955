import { randomUUID } from 'node:crypto';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt, siteAt, spareSite } from '../spares.ts';
import type { World } from '../world.ts';

/** Admins of the site; operators who work on it hear that it is not for them, all others that there is none. */
const adminsAct = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	first     ok  ok  403 404 x   x   x   x   x   404 404 404
	second    ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

const refusals = { 403: 'forbidden', 404: 'site_not_found' };

/** On the spare site of the line. */
const forAdmins = (
	values: (world: World, place: string) => Record<string, unknown> = () => ({})
): FunctionCells => ({
	call: (world, place) => ({ site_id: spareSite(world, place).id, ...values(world, place) }),
	refusals,
	cells: adminsAct
});

export const siteFunctions: Record<string, FunctionCells> = {
	create_site: {
		call: (world, place) => ({
			site_id: place === 'taken' ? world.b.site.id : randomUUID(),
			organization_id: organizationAt(world, place),
			name: 'Spare'
		}),
		refusals: { 403: 'forbidden', 404: 'organization_not_found', 409: 'id_conflict' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  403 403 x   x   x   x   x   404 404 404
			taken     409 409 403 403 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	archive_site: forAdmins(),
	restore_site: forAdmins(),
	set_site_operators: {
		...forAdmins(),
		call: (world, place) => {
			const { own, opr, str } = world.people;
			const site_id = spareSite(world, place === 'stranger' ? 'first' : place).id;
			const user = { first: opr, second: own, foreign: str, stranger: str }[place];
			return { site_id, user_ids: user ? [user.id] : [] };
		},
		refusals: { ...refusals, '404m': 'member_not_found' },
		cells: {
			...adminsAct,
			...grid`
				          own  adm  opr una ver unv oth blk pas str rem svc
				stranger  404m 404m 403 404 x   x   x   x   x   404 404 404`
		}
	},
	// The key is replaced already: nothing more happens.
	rotate_site_key: forAdmins(() => ({ site_key: 'pk_none' })),
	end_site_key_overlap: forAdmins(),
	read_identity_secret: forAdmins(),
	rotate_identity_secret: forAdmins(() => ({ version: 0 })),
	set_business_hours: forAdmins(() => ({
		hours: [{ weekday: 1, opens: '09:00', closes: '18:00' }]
	})),
	set_special_day: forAdmins(() => ({ day: '2031-01-01', hours: [] })),
	clear_special_day: forAdmins(() => ({ day: '2032-01-01' })),
	simulate_auto_replies: {
		...forAdmins(),
		call: async (world, place) => {
			const { id } = spareSite(world, place);
			await world.sql`
				insert into public.auto_reply_rules (organization_id, site_id, name, trigger, texts)
				select organization_id, id, 'Greeting', 'first_message', '{"en": "Hello"}' from public.sites as s
				where id = ${id} and not exists (select from public.auto_reply_rules where site_id = s.id)`;
			return { site_id: id, event: { event: 'message' } };
		},
		shows: () => 'Greeting'
	},
	site_stats: {
		call: (world, place) => ({ site_ids: [siteAt(world, place).id] }),
		shows: (world, place) => siteAt(world, place).id,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			first     ok  ok  ok  -   x   x   x   x   x   -   -   x
			second    ok  ok  -   -   x   x   x   x   x   -   -   x
			foreign   -   -   -   -   x   x   x   x   x   ok  -   x
			guessed   -   -   -   -   x   x   x   x   x   -   -   x`
	}
};
