import { fail, redirect } from '@sveltejs/kit';
import { cookieName, isLocale } from '@chatiq/i18n/console/runtime';
import { returnTo } from '#lib/session/return-to.ts';
import { signInFailure } from '#lib/session/sign-in-failure.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
	if (locals.user) redirect(303, returnTo(url.searchParams.get('return')));
};

export const actions: Actions = {
	default: async ({ request, locals, url, cookies }) => {
		const form = await request.formData();
		const email = text(form.get('email'));
		const password = text(form.get('password'));
		if (!email || !password) return fail(400, { email, failure: 'missing' as const });
		const { data, error } = await locals.supabase.auth.signInWithPassword({ email, password });
		if (error) return fail(error.status ?? 503, { email, failure: signInFailure(error) });
		const { data: profile } = await locals.supabase
			.from('profiles')
			.select('language')
			.eq('id', data.user.id)
			.maybeSingle();
		if (profile && isLocale(profile.language)) {
			cookies.set(cookieName, profile.language, { path: '/', httpOnly: false, secure: false });
		}
		redirect(303, returnTo(url.searchParams.get('return')));
	}
};

const text = (value: FormDataEntryValue | null): string => (typeof value === 'string' ? value : '');
