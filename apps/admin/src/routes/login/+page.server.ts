import { fail, redirect } from '@sveltejs/kit';
import { cookieName, isLocale } from '@chatiq/i18n/console/runtime';
import { authFailure, authFailures } from '#lib/account/auth-failure.ts';
import { formPassword, formText } from '#lib/account/form-text.ts';
import { withReturn } from '#lib/account/next-path.ts';
import { needsCode } from '#lib/account/second-factor.ts';
import { signInWays } from '#lib/account/sign-in-ways.ts';
import { returnTo } from '#lib/session/return-to.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const target = returnTo(url.searchParams.get('return'));
	if (locals.user) redirect(303, target);
	const failure = authFailures.find((known) => known === url.searchParams.get('failure'));
	return { target, failure: failure ?? null, ways: await signInWays() };
};

export const actions: Actions = {
	default: async ({ request, locals, url, cookies }) => {
		const form = await request.formData();
		const email = formText(form, 'email');
		const password = formPassword(form);
		if (!email || !password) return fail(400, { email, failure: 'missing' as const });
		const { data, error } = await locals.supabase.auth.signInWithPassword({ email, password });
		if (error) return fail(error.status ?? 503, { email, failure: authFailure(error) });
		const { data: profile } = await locals.supabase
			.from('profiles')
			.select('language')
			.eq('id', data.user.id)
			.maybeSingle();
		if (profile && isLocale(profile.language)) {
			cookies.set(cookieName, profile.language, { path: '/', httpOnly: false, secure: false });
		}
		const target = returnTo(url.searchParams.get('return'));
		redirect(303, needsCode(data.user) ? withReturn('/login/code', target) : target);
	}
};
