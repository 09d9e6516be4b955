import { fail, redirect } from '@sveltejs/kit';
import { authFailure } from '#lib/account/auth-failure.ts';
import { formText } from '#lib/account/form-text.ts';
import { loginPath, returnTo } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	if (!locals.user) redirect(303, loginPath({ pathname: '/', search: '' }));
	const { data } = await locals.supabase.rpc('second_factor_missing');
	if (data === false) redirect(303, returnTo(url.searchParams.get('return')));
	return { email: locals.user.email };
};

export const actions: Actions = {
	totp: async ({ request, locals, url }) => {
		const code = formText(await request.formData(), 'code').replaceAll(' ', '');
		if (!code) return fail(400, { recovery: false, failure: 'missing' as const });
		const { mfa } = locals.supabase.auth;
		const factors = await mfa.listFactors();
		const factor = factors.data?.totp[0];
		if (!factor) return fail(503, { recovery: false, failure: 'unreachable' as const });
		const { error } = await mfa.challengeAndVerify({ factorId: factor.id, code });
		if (error)
			return fail(error.status ?? 503, {
				recovery: false,
				failure: error.status === 422 ? ('code' as const) : authFailure(error)
			});
		redirect(303, returnTo(url.searchParams.get('return')));
	},
	recovery: async ({ request, locals }) => {
		const code = formText(await request.formData(), 'code');
		const { data, error } = await locals.supabase.rpc('use_recovery_code', { code });
		if (error)
			return fail(error.message === 'rate_limited' ? 429 : 503, {
				recovery: true,
				failure: error.message === 'rate_limited' ? ('too_many' as const) : ('unreachable' as const)
			});
		if (!data) return fail(422, { recovery: true, failure: 'recovery_code' as const });
		// The lost factor is gone; what the cookie knows of it too.
		await locals.supabase.auth.refreshSession();
		redirect(303, '/settings/security');
	}
};
