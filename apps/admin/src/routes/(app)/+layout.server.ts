import { error, redirect } from '@sveltejs/kit';
import { loginPath } from '#lib/session/return-to.ts';
import { readTheme } from '#lib/session/theme.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url, cookies, untrack }) => {
	const { user, supabase } = locals;
	if (!user)
		redirect(
			303,
			untrack(() => loginPath(url))
		);
	const [session, people, sites, labels, memberships] = await Promise.all([
		supabase.auth.getSession(),
		supabase.from('profiles').select('id, display_name, avatar_url'),
		supabase
			.from('sites')
			.select('id, name, organization_id')
			.is('archived_at', null)
			.order('name'),
		supabase.from('labels').select('id, organization_id, name, color').order('name'),
		supabase
			.from('memberships')
			.select('organization_id, role, organizations!inner(name)')
			.eq('user_id', user.id)
	]);
	if (people.error || sites.error || labels.error || memberships.error)
		error(503, 'the backend does not answer');
	if (!session.data.session) redirect(303, '/login');
	const { access_token: token, expires_at = 0 } = session.data.session;
	// Nobody's colleague yet, or signed in by half: the database shows no organisation to either.
	if (memberships.data.length === 0) redirect(303, await withoutOrganization(locals));
	const me = people.data.find((person) => person.id === user.id);
	return {
		access: { token, expires_at },
		me: {
			...user,
			name: me?.display_name ?? user.email,
			avatar_url: me?.avatar_url ?? null
		},
		people: people.data,
		sites: sites.data,
		labels: labels.data,
		organizationIds: memberships.data.map((membership) => membership.organization_id),
		adminOf: memberships.data
			.filter(({ role }) => role !== 'operator')
			.map(({ organization_id, organizations }) => ({
				id: organization_id,
				name: organizations.name
			})),
		theme: readTheme(cookies.get('theme'))
	};
};

async function withoutOrganization({ supabase }: App.Locals): Promise<string> {
	const { data, error: refusal } = await supabase.rpc('second_factor_missing');
	if (refusal) error(503, 'the backend does not answer');
	return data ? '/login/code' : '/welcome';
}
