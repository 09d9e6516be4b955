import { randomUUID } from 'node:crypto';
import type { Actor } from '../actors.ts';
import type { FunctionCells } from '../cells.ts';
import { grid } from '../grid.ts';
import { organizationAt, spareInvitation, spareOrganization } from '../spares.ts';
import type { World } from '../world.ts';

async function invitation(world: World, place: string): Promise<{ id: string; token: string }> {
	if (place === 'guessed') return { id: randomUUID(), token: `inv_${randomUUID()}` };
	return spareInvitation(world, organizationAt(world, place));
}

/** One that goes to the e-mail address of the person of the line, into an organisation that nobody else needs. */
async function invitationOf(world: World, place: string): Promise<{ token: string }> {
	if (place === 'guessed') return invitation(world, place);
	const { id } = await spareOrganization(world, 'empty');
	const people = world.people as Partial<Record<Actor, { email: string }>>;
	return spareInvitation(world, id, people[place as Actor]?.email);
}

const adminsAct = grid`
	          own adm opr una ver unv oth blk pas str rem svc
	a         ok  ok  404 404 x   x   x   x   x   404 404 404
	foreign   404 404 404 404 x   x   x   x   x   ok  404 404
	guessed   404 404 404 404 x   x   x   x   x   404 404 404`;

export const invitationFunctions: Record<string, FunctionCells> = {
	invite_member: {
		call: (world, place) => ({
			invitation_id: randomUUID(),
			organization_id: organizationAt(world, place),
			email: `${randomUUID()}@people.test`,
			role: place === 'owner' ? 'owner' : 'operator',
			site_ids: place === 'their_site' ? [world.b.site.id] : []
		}),
		refusals: { 403: 'forbidden', 404: 'organization_not_found', '404s': 'site_not_found' },
		cells: grid`
			            own  adm  opr una ver unv oth blk pas str rem svc
			a           ok   ok   403 403 x   x   x   x   x   404 404 404
			owner       ok   403  403 403 x   x   x   x   x   404 404 404
			their_site  404s 404s 403 403 x   x   x   x   x   404 404 404
			foreign     404  404  404 404 x   x   x   x   x   ok  404 404
			guessed     404  404  404 404 x   x   x   x   x   404 404 404`
	},
	resend_invitation: {
		call: async (world, place) => ({ invitation_id: (await invitation(world, place)).id }),
		refusals: { 404: 'invitation_not_found' },
		cells: adminsAct
	},
	revoke_invitation: {
		call: async (world, place) => ({ invitation_id: (await invitation(world, place)).id }),
		refusals: { 404: 'invitation_not_found' },
		cells: adminsAct
	},
	// Whoever has the link may see what it is about.
	read_invitation: {
		call: async (world, place) => {
			const { id } = await spareOrganization(world, 'foreign');
			const { token } = await spareInvitation(world, id);
			return { token: place === 'guessed' ? `${token}x` : token };
		},
		shows: () => '"waiting"',
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			link      ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
			guessed   -   -   -   -   -   -   -   -   -   -   -   -`
	},
	// The link alone is not enough: it must be one's own e-mail address.
	accept_invitation: {
		call: async (world, place) => ({ token: (await invitationOf(world, place)).token }),
		refusals: { 403: 'invitation_other_email', 404: 'invitation_not_found' },
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			una       403 403 403 ok  x   x   x   x   x   403 403 403
			str       403 403 403 403 x   x   x   x   x   ok  403 403
			rem       403 403 403 403 x   x   x   x   x   403 ok  403
			guessed   404 404 404 404 x   x   x   x   x   404 404 404`
	},
	issue_invitation_token: {
		call: async (world, place) => ({ invitation_id: (await invitation(world, place)).id }),
		cells: grid`
			          own adm opr una ver unv oth blk pas str rem svc
			a         x   x   x   x   x   x   x   x   x   x   x   ok
			foreign   x   x   x   x   x   x   x   x   x   x   x   ok
			guessed   x   x   x   x   x   x   x   x   x   x   x   -`
	}
};
