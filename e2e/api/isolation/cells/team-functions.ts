import { randomUUID } from 'node:crypto';
import type { Actor } from '../actors.ts';
import type { FunctionCells } from '../cells.ts';
import { grid, type Grid } from '../grid.ts';
import { accountOf, organizationAt, spareMember, spareOrganization } from '../spares.ts';
import type { World } from '../world.ts';

const refusals = {
	403: 'forbidden',
	404: 'organization_not_found',
	'404m': 'member_not_found',
	'404s': 'site_not_found',
	409: 'id_conflict',
	'409l': 'last_owner'
};

/** Admins change everybody but owners; `strange` is B's owner, asked for as a member of A. */
const changeMember = grid`
	          own  adm  opr una ver unv oth blk pas str rem svc
	opr       ok   ok   403 403 x   x   x   x   x   404 404 404
	own       ok   403  403 403 x   x   x   x   x   404 404 404
	strange   404m 404m 403 403 x   x   x   x   x   404 404 404
	foreign   404  404  404 404 x   x   x   x   x   ok  404 404
	guessed   404  404  404 404 x   x   x   x   x   404 404 404`;

const ownerOnly = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	spare     ok  403 403 403 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

function member(world: World, place: string): { organization_id: string; user_id: string } {
	const { own, opr, str } = world.people;
	const user = { own, opr, strange: str, foreign: str }[place];
	return { organization_id: organizationAt(world, place), user_id: user?.id ?? randomUUID() };
}

/** With what the member has already: who may shows, nothing changes. */
const unchanged = (values: (place: string) => Record<string, unknown>): FunctionCells => ({
	call: (world, place) => ({ ...member(world, place), ...values(place) }),
	refusals,
	cells: changeMember
});

const isMember = async ({ sql }: World, organization: unknown, user: string | null) =>
	(
		await sql`
			select from public.memberships
			where organization_id = ${String(organization)} and user_id = ${user}`
	).length > 0;

export const teamFunctions: Record<string, FunctionCells> = {
	// Once per id: an owner who repeats it gets it again, others hear that the id is taken.
	create_organization: {
		call: (world, place) => ({
			organization_id: organizationAt(world, place === 'new' ? 'guessed' : place),
			name: 'Spare'
		}),
		// The service is nobody who could own it.
		refusals: {
			...refusals,
			400: 'null value in column "key" of relation "rate_buckets" violates not-null constraint'
		},
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  409 409 409 x   x   x   x   x   409 409 409
			foreign   409 409 409 409 x   x   x   x   x   ok  409 409
			new       ok  ok  ok  ok  x   x   x   x   x   ok  ok  400`
	},
	set_member_role: unchanged((place) => ({
		role: place === 'own' || place === 'foreign' ? 'owner' : 'operator'
	})),
	set_member_capacity: unchanged(() => ({ capacity: null })),
	set_member_active: unchanged(() => ({ active: true })),
	// Where they work already: `site_operators` has rows of the owners too.
	set_member_sites: {
		call: (world, place) => {
			const { a, b, secondSite, spareSites } = world;
			const site_ids = {
				opr: [a.site.id, spareSites.first.id],
				own: [secondSite.id],
				foreign: [b.site.id],
				their_site: [b.site.id]
			}[place];
			return {
				...member(world, place === 'their_site' ? 'opr' : place),
				site_ids: site_ids ?? []
			};
		},
		refusals,
		cells: {
			...changeMember,
			...grid`
				            own  adm  opr una ver unv oth blk pas str rem svc
				their_site  404s 404s 403 403 x   x   x   x   x   404 404 404`
		}
	},
	remove_member: {
		call: async (world, place) => {
			const organization_id = organizationAt(world, place);
			const user_id =
				place === 'guessed'
					? randomUUID()
					: await spareMember(world, organization_id, place === 'owner' ? 'owner' : 'operator');
			return { organization_id, user_id };
		},
		happened: async (world, { organization_id, user_id }) =>
			!(await isMember(world, organization_id, String(user_id))),
		refusals,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  403 403 x   x   x   x   x   404 404 404
			owner     ok  403 403 403 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	// `spare` has the members of A; whoever has left is no member any more.
	leave_organization: {
		call: async (world, place) => ({ organization_id: (await spareOrganization(world, place)).id }),
		happened: async ({ sql }, { organization_id }) =>
			(await sql`select from public.memberships where organization_id = ${String(organization_id)}`)
				.length === 3,
		refusals,
		cells: grid`
			          own  adm opr una ver unv oth blk pas str  rem svc
			spare     409l ok  ok  ok  x   x   x   x   x   -    -   -
			foreign   -    -   -   -   x   x   x   x   x   409l -   -
			guessed   -    -   -   -   x   x   x   x   x   -    -   -`
	},
	transfer_ownership: {
		call: async (world, place) => {
			const organization = await spareOrganization(world, place);
			const user_id =
				place === 'guessed' ? randomUUID() : await spareMember(world, organization.id, 'admin');
			return { organization_id: organization.id, user_id };
		},
		refusals,
		cells: ownerOnly
	},
	// Nobody of the world has a second factor: to ask for one is what the tests of the rule do.
	require_second_factor: {
		call: async (world, place) => ({
			organization_id: (await spareOrganization(world, place)).id,
			required: false
		}),
		refusals,
		cells: ownerOnly
	},
	list_my_organizations: {
		call: () => ({}),
		shows: organizationAt,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  ok  ok  x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	// Of the sites on which somebody works.
	count_unread: {
		call: () => ({}),
		shows: organizationAt,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  ok  -   x   x   x   x   x   -   -   -
			foreign   -   -   -   -   x   x   x   x   x   ok  -   -
			guessed   -   -   -   -   x   x   x   x   x   -   -   -`
	},
	delete_organization: {
		call: async (world, place) => {
			const { id, name } = await spareOrganization(world, place);
			return { organization_id: id, name };
		},
		refusals,
		cells: ownerOnly
	},
	erase_organization: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         x   x   x   x   x   x   x   x   x   x   x   ok
			foreign   x   x   x   x   x   x   x   x   x   x   x   ok`
	},
	// Marks one's own; the answer is how many.
	mark_notifications_read: {
		call: async (world, place) => ({ notification_ids: [await notification(world, place)] }),
		shows: () => '1',
		cells: marks()
	},
	// To themselves: nothing moves.
	hand_over_conversations: {
		...unchanged(() => ({})),
		call: (world, place) => ({
			...member(world, place),
			to_user_id: member(world, place).user_id
		})
	},
	list_team: {
		call: (world, place) => ({ organization_id: organizationAt(world, place) }),
		shows: ({ people }, place) => (place === 'foreign' ? people.str.email : people.opr.email),
		refusals,
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         ok  ok  403 403 x   x   x   x   x   404 404 404
			foreign   404 404 404 404 x   x   x   x   x   ok  404 404
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	}
};

function marks(): Grid {
	return grid`
		          own adm opr una ver unv oth blk pas str rem svc
		own       ok  -   -   -   x   x   x   x   x   -   -   -
		opr       -   -   ok  -   x   x   x   x   x   -   -   -
		foreign   -   -   -   -   x   x   x   x   x   ok  -   -
		guessed   -   -   -   -   x   x   x   x   x   -   -   -`;
}

async function notification(world: World, place: string): Promise<string> {
	const id = randomUUID();
	if (place === 'guessed') return id;
	const { sql } = world;
	const user_id = accountOf(world, (place === 'foreign' ? 'str' : place) as Actor);
	const organization_id = organizationAt(world, place);
	await sql`insert into public.notifications ${sql({ id, organization_id, user_id, kind: 'mention' })}`;
	return id;
}
