import * as z from 'zod';
import type { SessionAnswer } from '#lib/session/session.svelte.ts';
import { needsCode } from '#lib/account/second-factor.ts';
import { signInFailure } from '#lib/session/sign-in-failure.ts';
import type { RequestHandler } from './$types';

const Body = z.union([
	z.strictObject({ email: z.email(), password: z.string().min(1) }),
	z.strictObject({ renew: z.boolean() })
]);

/** The refresh token stays in an httpOnly cookie: the page gets short-lived access tokens from here. */
export const POST: RequestHandler = async ({ request, locals }) => {
	const body = Body.safeParse(await request.json().catch(() => null));
	if (!body.success) return answer({ failure: 'credentials' }, 400);
	const { auth } = locals.supabase;
	const { data, error } = await ('email' in body.data
		? auth.signInWithPassword(body.data)
		: body.data.renew
			? auth.refreshSession()
			: auth.getSession());
	const failure = error ? signInFailure(error) : 'credentials';
	if (!data.session) return answer({ failure }, failure === 'unreachable' ? 503 : 401);
	// The password was right, and half of it: the rest has a page of its own.
	if ('email' in body.data && needsCode(data.session.user))
		return answer({ failure: 'second_factor' }, 401);
	const { access_token: token, expires_at = 0 } = data.session;
	return answer({ access: { token, expires_at } }, 200);
};

const answer = (body: SessionAnswer, status: number): Response =>
	Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
