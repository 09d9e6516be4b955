import { redirect } from '@sveltejs/kit';
import { authFailure, returnFailure } from '#lib/account/auth-failure.ts';
import { withFailure, withReturn } from '#lib/account/next-path.ts';
import { needsCode } from '#lib/account/second-factor.ts';
import { returnTo } from '#lib/session/return-to.ts';
import type { RequestHandler } from './$types';

/** Where Google sends somebody back to, with a code that only this browser can redeem. */
export const GET: RequestHandler = async ({ locals, url }) => {
	const target = returnTo(url.searchParams.get('return'));
	const code = url.searchParams.get('code');
	if (code === null) redirect(303, withFailure('/login', target, returnFailure(url.searchParams)));
	const { data, error } = await locals.supabase.auth.exchangeCodeForSession(code);
	if (error) redirect(303, withFailure('/login', target, authFailure(error)));
	redirect(303, needsCode(data.user) ? withReturn('/login/code', target) : target);
};
