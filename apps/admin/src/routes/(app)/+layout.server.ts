import { error, redirect } from '@sveltejs/kit';
import type { MyOrganization } from '@chatiq/contracts/team';
import { getLocale } from '@chatiq/i18n/console/runtime';
import { chooseOrganization, organizationCookie } from '#lib/session/organization.ts';
import { rememberOrganization } from '#lib/session/remember-organization.ts';
import { loginPath } from '#lib/session/return-to.ts';
import { readTheme } from '#lib/session/theme.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, url, cookies, untrack }) => {
	const { user, supabase } = locals;
	const here = untrack(() => new URL(url));
	if (!user) redirect(303, loginPath(here));
	const [session, people, sites, labels, members, mine] = await Promise.all([
		supabase.auth.getSession(),
		supabase.from('profiles').select('id, display_name, avatar_url, language'),
		supabase
			.from('sites')
			.select('id, name, organization_id')
			.is('archived_at', null)
			.order('name'),
		supabase.from('labels').select('id, organization_id, name, color').order('name'),
		supabase.from('memberships').select('organization_id, user_id'),
		supabase.rpc('list_my_organizations')
	]);
	if (mine.error?.message === 'session_required') {
		// Signed out from another device: the cookie is still there, and its token would be good for a while.
		await supabase.auth.signOut({ scope: 'local' });
		redirect(303, loginPath(here));
	}
	if (people.error || sites.error || labels.error || members.error || mine.error)
		error(503, 'the backend does not answer');
	if (!session.data.session) redirect(303, '/login');
	const { access_token: token, expires_at = 0 } = session.data.session;
	// docs/api.md: the generated type only knows that it is JSON.
	const organizations = mine.data as unknown as MyOrganization[];
	const asked = here.searchParams.get('organization');
	const choice = chooseOrganization(organizations, {
		asked,
		last: cookies.get(organizationCookie)
	});
	// Nobody's colleague yet, or signed in by half: the database shows no organisation to either.
	if (choice.kind === 'none') redirect(303, await withoutOrganization(locals));
	const { organization } = choice;
	if (choice.kind === 'closed') redirect(303, `/second-factor?organization=${organization.id}`);
	if (asked !== null) {
		rememberOrganization(cookies, organization.id);
		here.searchParams.delete('organization');
		redirect(303, here.pathname + here.search);
	}
	const ours = ({ organization_id }: { organization_id: string }): boolean =>
		organization_id === organization.id;
	const team = new Set(members.data.filter(ours).map(({ user_id }) => user_id));
	const me = people.data.find((person) => person.id === user.id);
	if (me?.language === null) await keepLanguage(locals, user.id);
	return {
		access: { token, expires_at },
		me: {
			...user,
			name: me?.display_name ?? user.email,
			avatar_url: me?.avatar_url ?? null
		},
		people: people.data
			.filter(({ id }) => team.has(id))
			.map(({ id, display_name, avatar_url }) => ({ id, display_name, avatar_url })),
		sites: sites.data.filter(ours),
		labels: labels.data.filter(ours),
		organization,
		organizations,
		adminOf: organization.role === 'operator' ? [] : [organization],
		theme: readTheme(cookies.get('theme'))
	};
};

/** Mails speak as the console did when somebody saw it first; a way of signing up may have left it open. */
async function keepLanguage({ supabase }: App.Locals, id: string): Promise<void> {
	const { error: refusal } = await supabase
		.from('profiles')
		.update({ language: getLocale() })
		.eq('id', id)
		.is('language', null);
	if (refusal) error(503, 'the backend does not answer');
}

async function withoutOrganization({ supabase }: App.Locals): Promise<string> {
	const { data, error: refusal } = await supabase.rpc('second_factor_missing');
	if (refusal) error(503, 'the backend does not answer');
	return data ? '/login/code' : '/welcome';
}
