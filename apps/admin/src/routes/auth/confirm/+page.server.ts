import { error, fail, redirect } from '@sveltejs/kit';
import type { EmailOtpType } from '@supabase/supabase-js';
import { authFailure } from '#lib/account/auth-failure.ts';
import { nextPath, withReturn } from '#lib/account/next-path.ts';
import { needsCode } from '#lib/account/second-factor.ts';
import type { Actions, PageServerLoad } from './$types';

const kinds = ['signup', 'magiclink', 'recovery', 'email_change', 'invite', 'email'] as const;

export const load: PageServerLoad = ({ url }) => {
	const kind = kindOf(url);
	if (!kind || !url.searchParams.get('token_hash')) error(404);
	return { kind };
};

export const actions: Actions = {
	// Opening the link does nothing: mail scanners open links too.
	default: async ({ url, locals }) => {
		const type = kindOf(url);
		if (!type) error(404);
		const { data, error: refusal } = await locals.supabase.auth.verifyOtp({
			type,
			token_hash: url.searchParams.get('token_hash') ?? ''
		});
		if (refusal) return fail(refusal.status ?? 503, { failure: authFailure(refusal), half: false });
		// A new address counts when the old mailbox has agreed too.
		if (!data.session) return { failure: null, half: true };
		const target = type === 'recovery' ? '/password' : nextPath(url.searchParams.get('next'));
		redirect(303, data.user && needsCode(data.user) ? withReturn('/login/code', target) : target);
	}
};

const kindOf = (url: URL): EmailOtpType | undefined =>
	kinds.find((kind) => kind === url.searchParams.get('type'));
