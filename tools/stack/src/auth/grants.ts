import { sql } from 'kysely';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { exchangeCode } from './flow-state.ts';
import { signInWithIdToken } from './id-token.ts';
import { passwordMatches, weaknesses } from './passwords.ts';
import { refreshSession } from './refresh.ts';
import { refuseBanned, startSession } from './sessions.ts';
import type { TokenResponse } from './sessions.ts';
import { countSignIn } from './sign-up.ts';
import { findByEmail, findUser } from './users.ts';

const PasswordGrant = z.object({
	email: z.string().nullish(),
	phone: z.string().nullish(),
	password: z.string().default('')
});

const RefreshGrant = z.object({ refresh_token: z.string().default('') });

/** `POST /token`. */
export async function grant(context: AuthContext): Promise<Response> {
	return Response.json(await tokensOf(context, context.url.searchParams.get('grant_type')));
}

async function tokensOf(context: AuthContext, type: string | null): Promise<TokenResponse> {
	const { limiter, ip, config } = context;
	if (type === 'password' || type === 'id_token') countSignIn(context);
	else limiter.countRequest('refresh', ip, config.rate_limit.token_refresh, 300);
	switch (type) {
		case 'password':
			return signInWithPassword(context);
		case 'refresh_token':
			return refresh(context);
		case 'pkce':
			return exchangeCode(context);
		case 'id_token':
			return signInWithIdToken(context);
		default:
			throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type');
	}
}

async function signInWithPassword(context: AuthContext): Promise<TokenResponse> {
	const { email, phone, password } = parseBody(context, PasswordGrant);
	const { db, config } = context;
	const byEmail = (email ?? '') !== '';
	if (!byEmail && (phone ?? '') === '') {
		throw new AuthError(400, 'validation_failed', 'missing email or phone');
	}
	const user = byEmail
		? await findByEmail(db, (email ?? '').trim().toLowerCase())
		: await findUser(db, sql`u.phone = ${(phone ?? '').replace(/^\+/, '')}`);
	const right = await passwordMatches(password, user?.encrypted_password ?? null);
	if (user === null || !right) {
		throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials');
	}
	refuseBanned(user);
	if (byEmail && user.email_confirmed_at === null) {
		throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed');
	}
	if (!byEmail && user.phone_confirmed_at === null) {
		throw new AuthError(400, 'phone_not_confirmed', 'Phone not confirmed');
	}
	const { reasons, messages } = weaknesses(password, config);
	return {
		...(await startSession(context, user, 'password')),
		...(reasons.length > 0 && { weak_password: { reasons, message: messages.join(' ') } })
	};
}

async function refresh(context: AuthContext): Promise<TokenResponse> {
	const { refresh_token: token } = parseBody(context, RefreshGrant);
	if (token === '') throw new AuthError(400, 'validation_failed', 'refresh_token required');
	return refreshSession(context, token);
}
