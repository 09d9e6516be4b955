import { fail, redirect } from '@sveltejs/kit';
import { authFailure } from '#lib/account/auth-failure.ts';
import { formPassword } from '#lib/account/form-text.ts';
import { passwordMinLength } from '#lib/account/password-rule.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
	// The link in the mail has signed in; without it there is nobody whose password could change.
	if (!locals.user) redirect(303, '/login/forgot');
	return { email: locals.user.email };
};

export const actions: Actions = {
	default: async ({ request, locals }) => {
		if (!locals.user) redirect(303, '/login/forgot');
		const password = formPassword(await request.formData());
		if (password.length < passwordMinLength)
			return fail(422, { failure: 'weak_password' as const });
		const { error } = await locals.supabase.auth.updateUser({ password });
		if (error) return fail(error.status ?? 503, { failure: authFailure(error) });
		// Whoever knew the old password is signed out everywhere else. The function also tells open consoles; Auth does it for
		// whoever still has to show a second factor.
		await locals.supabase.rpc('end_other_sessions');
		await locals.supabase.auth.signOut({ scope: 'others' });
		redirect(303, '/inbox');
	}
};
