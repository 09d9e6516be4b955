import { uuidv7 } from '@chatiq/contracts/ids';
import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Actor } from './actors.ts';
import type { World } from './world.ts';

// Rows that a call uses up: made anew behind the API for each, like those that the product makes.

export interface SpareSite {
	id: string;
	organization_id: string;
}

/** The real site of a line: A's first or second, B's. */
export function siteAt({ a, b, secondSite }: World, place: string): SpareSite {
	return { first: a.site, second: secondSite, foreign: b.site }[place] ?? nowhere();
}

/** A site like that of the line, on which nobody talks. */
export function spareSite({ spareSites }: World, place: string): SpareSite & { site_key: string } {
	const sites: Partial<Record<string, SpareSite & { site_key: string }>> = spareSites;
	return sites[place] ?? { ...nowhere(), site_key: 'none' };
}

export function organizationAt({ a, b }: World, place: string): string {
	if (place === 'guessed') return randomUUID();
	return place === 'foreign' ? b.organization : a.organization;
}

function nowhere(): SpareSite {
	return { id: randomUUID(), organization_id: randomUUID() };
}

/** A visitor of the site of the line, with a session from an address that nobody else has. */
export async function spareVisitor(world: World, place: string): Promise<string> {
	const id = randomUUID();
	const { sql } = world;
	const { id: site, organization_id } = siteAt(world, place);
	if (place === 'guessed') return id;
	const address = `10.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
	await sql`
		with visitor as (
			insert into public.visitors (id, organization_id, site_id, name)
			values (${id}, ${organization_id}, ${site}, 'Spare')
		)
		insert into private.visitor_sessions (site_id, organization_id, visitor_id, address, expires_at)
		values (${site}, ${organization_id}, ${id}, ${address}, now() + interval '1 day')`;
	return id;
}

/** A job of the organisation of the line that is not due yet. */
export async function spareJob({ sql, a, b }: World, place: string): Promise<string> {
	const id = randomUUID();
	if (place !== 'guessed') {
		await sql`
			insert into private.jobs (id, organization_id, kind, run_at)
			values (${id}, ${place === 'foreign' ? b.organization : a.organization}, 'spare', now() + interval '1 day')`;
	}
	return id;
}

/** Another conversation of the visitor of the thread. */
export async function spareConversation({ sql, thread }: World, place: string): Promise<string> {
	const { organization, site, visitor, id } = { ...thread(place), id: uuidv7() };
	if (place !== 'guessed') {
		await sql`
			insert into public.conversations (id, organization_id, site_id, visitor_id)
			values (${id}, ${organization}, ${site}, ${visitor})`;
	}
	return id;
}

/** A message in a new conversation of the thread's visitor, by the visitor or by the operator. */
export async function spareMessage(
	world: World,
	place: string,
	author: 'visitor' | 'operator',
	visibility: 'public' | 'team' = 'public'
): Promise<string> {
	const id = uuidv7();
	if (place === 'guessed') return id;
	const { visitor, operator } = world.thread(place);
	const conversation = await spareConversation(world, place);
	await world.sql`
		insert into public.messages (id, conversation_id, author_kind, author_id, visibility, body)
		values (
			${id}, ${conversation}, ${author}, ${author === 'visitor' ? visitor : operator}, ${visibility}, 'Spare'
		)`;
	return id;
}

/** Somebody new in an organisation. */
export async function spareMember(
	{ sql }: World,
	organization: string,
	role: 'owner' | 'admin' | 'operator' = 'operator'
): Promise<string> {
	const id = randomUUID();
	await sql.begin(async (write) => {
		await write`insert into auth.users (id, email) values (${id}, ${`${id}@people.test`})`;
		await write`insert into public.memberships (organization_id, user_id, role)
			values (${organization}, ${id}, ${role})`;
	});
	return id;
}

/** An organisation with the members of A (`own`, `adm`, `opr`, `una`), one of B's owner, or one of nobody yet. */
export async function spareOrganization(
	{ sql, people }: World,
	place: string
): Promise<{ id: string; name: string }> {
	const organization = { id: randomUUID(), name: 'Spare' };
	if (place === 'guessed') return organization;
	await sql`insert into public.organizations ${sql(organization)}`;
	const { own, adm, opr, una, str } = people;
	const members = {
		foreign: [[str, 'owner'] as const],
		empty: []
	}[place] ?? [
		[own, 'owner'] as const,
		[adm, 'admin'] as const,
		[opr, 'operator'] as const,
		[una, 'operator'] as const
	];
	for (const [{ id }, role] of members) {
		await sql`insert into public.memberships (organization_id, user_id, role)
			values (${organization.id}, ${id}, ${role})`;
	}
	return organization;
}

/** An invitation that waits, and the token of its link. */
export async function spareInvitation(
	{ sql }: World,
	organization: string,
	email = `${randomUUID()}@people.test`
): Promise<{ id: string; token: string }> {
	const [id, token] = [randomUUID(), `inv_${randomUUID()}`];
	await sql`
		with invitation as (
			insert into public.invitations (id, organization_id, email, role)
			values (${id}, ${organization}, ${email}, 'operator') returning id
		)
		insert into private.invitation_tokens (token_hash, invitation_id)
		select ${createHash('sha256').update(token).digest()}, id from invitation`;
	return { id, token };
}

/** The account of somebody who signs in. */
export function accountOf({ people }: World, actor: Actor): string | null {
	return (people as Partial<Record<Actor, { id: string }>>)[actor]?.id ?? null;
}
