import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database } from '@chatiq/contracts/database';
import type { MyOrganization } from '@chatiq/contracts/team';
import type { Desk } from '#lib/inbox/desk.ts';
import type { LiveMembership } from './live-membership.svelte.ts';

type Rest = PostgrestClient<Database>;

/** Reads sites, labels, colleagues and rights again; the list follows the sites. A session that has ended is noticed too. */
export async function refreshMembership(
	membership: LiveMembership,
	{ rest: backend, call, inbox }: Pick<Desk, 'rest' | 'call' | 'inbox'>
): Promise<void> {
	const rest = backend();
	const { id } = membership.organization;
	const organizations = await call<MyOrganization[]>(() => rest.rpc('list_my_organizations'));
	const organization = organizations.find((one) => one.id === id);
	if (!organization || organization.factor_missing) {
		// The server knows where somebody without this organisation belongs.
		location.reload();
		return;
	}
	const around = await readAround(rest, id);
	const adminOf = organization.role === 'operator' ? [] : [organization];
	membership.take({ organizations, organization, adminOf, ...around });
	await inbox.follow(around.sites.map((site) => site.id));
}

/** What the page was drawn with, read again. */
async function readAround(rest: Rest, organization: string) {
	const [people, sites, labels, members] = await Promise.all([
		rest.from('profiles').select('id, display_name, avatar_url').throwOnError(),
		rest
			.from('sites')
			.select('id, name, organization_id')
			.eq('organization_id', organization)
			.is('archived_at', null)
			.order('name')
			.throwOnError(),
		rest
			.from('labels')
			.select('id, organization_id, name, color')
			.eq('organization_id', organization)
			.order('name')
			.throwOnError(),
		rest.from('memberships').select('user_id').eq('organization_id', organization).throwOnError()
	]);
	const team = new Set(members.data.map(({ user_id }) => user_id));
	return {
		people: new Map(people.data.filter(({ id }) => team.has(id)).map((one) => [one.id, one])),
		sites: sites.data,
		labels: labels.data
	};
}
