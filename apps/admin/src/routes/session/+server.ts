import * as z from 'zod';
import type { SupabaseClient, Session as AuthSession } from '@supabase/supabase-js';
import type { SessionAnswer, SignInFailure } from '#lib/session/session.svelte.ts';
import { needsCode } from '#lib/account/second-factor.ts';
import { signInFailure } from '#lib/session/sign-in-failure.ts';
import type { RequestHandler } from './$types';

type Auth = SupabaseClient['auth'];

/** Whose page asks: another tab may have signed somebody else in. */
const user = z.uuid();
const Body = z.union([
	z.strictObject({ user, email: z.email(), password: z.string().min(1) }),
	z.strictObject({ user, code: z.string().min(1) }),
	z.strictObject({ user, renew: z.boolean() })
]);

/** The refresh token stays in an httpOnly cookie: the page gets short-lived access tokens from here. */
export const POST: RequestHandler = async ({ request, locals }) => {
	const body = Body.safeParse(await request.json().catch(() => null));
	if (!body.success) return answer({ failure: 'credentials' }, 400);
	const { auth } = locals.supabase;
	if ('email' in body.data) return signIn(auth, body.data);
	if (locals.user && locals.user.id !== body.data.user) return refuse('credentials');
	return 'code' in body.data ? confirm(auth, body.data.code) : renew(auth, body.data.renew);
};

async function signIn(auth: Auth, by: { email: string; password: string }): Promise<Response> {
	const { data, error } = await auth.signInWithPassword(by);
	if (error) return refuse(signInFailure(error));
	// The password was right, and half of it.
	return needsCode(data.user) ? refuse('second_factor') : hand(data.session);
}

async function confirm(auth: Auth, code: string): Promise<Response> {
	const factors = await auth.mfa.listFactors();
	const factorId = factors.data?.totp[0]?.id;
	if (factorId === undefined) return refuse('unreachable');
	const { error } = await auth.mfa.challengeAndVerify({ factorId, code: code.replaceAll(' ', '') });
	if (error) return refuse(error.status === 422 ? 'code' : signInFailure(error));
	return hand((await auth.getSession()).data.session);
}

async function renew(auth: Auth, anew: boolean): Promise<Response> {
	const { data, error } = await (anew ? auth.refreshSession() : auth.getSession());
	return error ? refuse(signInFailure(error)) : hand(data.session);
}

const hand = (session: AuthSession | null): Response =>
	session
		? answer({ access: { token: session.access_token, expires_at: session.expires_at ?? 0 } }, 200)
		: refuse('credentials');

const refuse = (failure: SignInFailure): Response =>
	answer({ failure }, failure === 'unreachable' ? 503 : 401);

const answer = (body: SessionAnswer, status: number): Response =>
	Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
