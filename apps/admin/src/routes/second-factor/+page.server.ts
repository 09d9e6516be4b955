import type { MyOrganization } from '@chatiq/contracts/team';
import { error, fail, redirect } from '@sveltejs/kit';
import { activateFactor, enrolFactor, newRecoveryCodes } from '#lib/account/factor-actions.ts';
import { formText } from '#lib/account/form-text.ts';
import { rememberOrganization } from '#lib/session/remember-organization.ts';
import { loginPath } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

/** Where members are led whose organisation asks for a second factor that they have not set up. */
export const load: PageServerLoad = async ({ locals, url, cookies }) => {
	const { user, supabase } = locals;
	if (!user) redirect(303, loginPath(url));
	const [mine, half] = await Promise.all([
		supabase.rpc('list_my_organizations'),
		supabase.rpc('second_factor_missing')
	]);
	if (mine.error || half.error) error(503, 'the backend does not answer');
	if (half.data) redirect(303, '/login/code');
	// docs/api.md: the generated type only knows that it is JSON.
	const organizations = mine.data as unknown as MyOrganization[];
	const closed = organizations.filter(({ factor_missing }) => factor_missing);
	const asked = url.searchParams.get('organization');
	const { id, name, role } = closed.find((one) => one.id === asked) ?? closed[0] ?? {};
	// The console opens there as soon as it is open; the forms of this page lose what is in the address.
	if (id) rememberOrganization(cookies, id);
	return {
		email: user.email,
		// None when it has just been set up: the recovery codes are shown on this page.
		closed: id && name ? { id, name, owner: role === 'owner' } : null,
		others: organizations.length > closed.length
	};
};

export const actions: Actions = {
	enrol: ({ locals }) => enrolFactor(locals),
	activate: async ({ request, locals }) => activateFactor(locals, await request.formData()),
	codes: ({ locals }) => newRecoveryCodes(locals),
	leave: async ({ request, locals }) => {
		const { error: refusal } = await locals.supabase.rpc('leave_organization', {
			organization_id: formText(await request.formData(), 'organization_id')
		});
		if (!refusal) redirect(303, '/inbox');
		const failure = 'unreachable' as const;
		return fail(409, {
			...{ part: 'factor' as const, failure, enrolment: null, codes: null, code: null, done: false }
		});
	}
};
