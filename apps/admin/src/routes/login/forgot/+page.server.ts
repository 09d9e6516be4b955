import { fail } from '@sveltejs/kit';
import { mailFailure } from '#lib/account/auth-failure.ts';
import { formText } from '#lib/account/form-text.ts';
import { returnTo } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url }) => ({
	target: returnTo(url.searchParams.get('return'))
});

export const actions: Actions = {
	default: async ({ request, locals, url }) => {
		const email = formText(await request.formData(), 'email');
		if (!email) return fail(400, { email, failure: 'missing' as const, sent: false });
		const { error } = await locals.supabase.auth.resetPasswordForEmail(email, {
			redirectTo: url.origin + returnTo(null)
		});
		const failure = mailFailure(error);
		if (failure) return fail(error?.status ?? 503, { email, failure, sent: false });
		return { email, failure: null, sent: true };
	}
};
