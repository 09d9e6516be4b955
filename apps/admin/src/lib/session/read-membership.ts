import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import type { Membership } from './membership.ts';

/** What the page was drawn with, read again; null for somebody who belongs to no organisation any more. */
export async function readMembership(
	rest: PostgrestClient<Database>,
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
