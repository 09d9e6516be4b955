import { redirect } from '@sveltejs/kit';
import { returnTo } from '#lib/session/return-to.ts';
import { withFailure, withReturn } from '#lib/account/next-path.ts';
import type { RequestHandler } from './$types';

/** Leaves for Google; the verifier of the answer stays in a cookie. */
export const GET: RequestHandler = async ({ locals, url }) => {
	const target = returnTo(url.searchParams.get('return'));
	const { data, error } = await locals.supabase.auth.signInWithOAuth({
		provider: 'google',
		options: {
			redirectTo: url.origin + withReturn('/auth/callback', target),
			skipBrowserRedirect: true
		}
	});
	redirect(303, error || !data.url ? withFailure('/login', target, 'unreachable') : data.url);
};
