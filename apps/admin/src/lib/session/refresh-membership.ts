import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import type { LiveMembership } from './live-membership.svelte.ts';
import type { Membership } from './membership.ts';

type Rest = PostgrestClient<Database>;

/** Reads sites, labels, colleagues and rights again; `follow` hears of the sites. */
export async function refreshMembership(
	membership: LiveMembership,
	rest: Rest,
	follow: (siteIds: string[]) => Promise<void>
): Promise<void> {
	const fresh = await readMembership(rest, membership.me.id);
	// The server knows where somebody without an organisation belongs.
	if (!fresh) {
		location.reload();
		return;
	}
	membership.take(fresh);
	await follow(fresh.sites.map(({ id }) => id));
}

/** What the page was drawn with, read again; null for somebody who belongs to no organisation any more. */
async function readMembership(
	rest: Rest,
	me: string
): Promise<Omit<Membership, 'me' | 'theme'> | null> {
	const [people, sites, labels, memberships] = await Promise.all([
		rest.from('profiles').select('id, display_name, avatar_url').throwOnError(),
		rest
			.from('sites')
			.select('id, name, organization_id')
			.is('archived_at', null)
			.order('name')
			.throwOnError(),
		rest.from('labels').select('id, organization_id, name, color').order('name').throwOnError(),
		rest
			.from('memberships')
			.select('organization_id, role, organizations!inner(name)')
			.eq('user_id', me)
			.throwOnError()
	]);
	if (memberships.data.length === 0) return null;
	return {
		people: new Map(people.data.map((person) => [person.id, person])),
		sites: sites.data,
		labels: labels.data,
		organizationIds: memberships.data.map(({ organization_id }) => organization_id),
		adminOf: memberships.data
			.filter(({ role }) => role !== 'operator')
			.map(({ organization_id, organizations }) => ({
				id: organization_id,
				name: organizations.name
			}))
	};
}
