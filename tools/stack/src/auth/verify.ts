import { sql } from 'kysely';
import * as z from 'zod';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { checkEmail, parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { confirmEmailChange } from './email-change.ts';
import { issueCode } from './flow-state.ts';
import { isExpired, matches, pkcePrefix, tokenHash } from './one-time-tokens.ts';
import { errorTarget, redirect, redirectTarget, withFragment, withQuery } from './redirects.ts';
import { startSession } from './sessions.ts';
import type { Method } from './sessions.ts';
import { phoneDisabled } from './sign-up.ts';
import { confirmUser, findByEmail, findUser, isBanned, userById } from './users.ts';
import type { UserRow } from './users.ts';

const acceptedFirst =
	'Confirmation link accepted. Please proceed to confirm link sent to the other email';

const Verification = z.object({
	type: z.string().default(''),
	email: z.string().default(''),
	phone: z.string().default(''),
	token: z.string().default(''),
	token_hash: z.string().default('')
});
type Verification = z.infer<typeof Verification>;

type Kind = 'signup' | 'recovery' | 'email' | 'email_change';

/** Which token each type of mail brought. */
const kinds: Record<string, Kind | undefined> = {
	signup: 'signup',
	invite: 'signup',
	recovery: 'recovery',
	magiclink: 'recovery',
	email: 'email',
	email_change: 'email_change'
};

const flowMethods: Record<string, Method | undefined> = {
	signup: 'email/signup',
	invite: 'invite',
	recovery: 'recovery',
	magiclink: 'magiclink',
	email: 'magiclink',
	email_change: 'email_change'
};

/** `GET /verify`: what a link in a mail opens. Always ends on a page of the site. */
export async function followLink(context: AuthContext): Promise<Response> {
	const query = context.url.searchParams;
	const target = redirectTarget(context);
	const token = query.get('token') ?? query.get('token_hash') ?? '';
	const type = query.get('type') ?? '';
	const pkce = token.startsWith(pkcePrefix);
	try {
		countAttempt(context);
		const user = await useHash(context, token, kindOf(type));
		if (user === null) return redirect(messageTarget(target, pkce));
		return redirect(await signedInTarget(context, { user, target, type, pkce }));
	} catch (error) {
		if (!(error instanceof AuthError)) throw error;
		return redirect(errorTarget(target, error, pkce));
	}
}

/** `POST /verify`: a code that was typed in, or the hash of a link that a server received. */
export async function verify(context: AuthContext): Promise<Response> {
	const body = parseBody(context, Verification);
	checkShape(body);
	countAttempt(context);
	const kind = kindOf(body.type);
	const user =
		body.token_hash === ''
			? await useCode(context, checkEmail(body.email), body.token.replaceAll('-', ''), kind)
			: await useHash(context, body.token_hash, kind);
	if (user === null) return Response.json({ msg: acceptedFirst, code: '200' });
	return Response.json(await startSession(context, user, 'otp'));
}

function countAttempt({ limiter, ip, config }: AuthContext): void {
	limiter.countRequest('verify', ip, config.rate_limit.token_verifications, 300);
}

function checkShape({ type, email, phone, token, token_hash: hash }: Verification): void {
	const refuse = (message: string) => new AuthError(400, 'validation_failed', message);
	if (type === '') throw refuse('Verify requires a verification type');
	if (token === '' && hash === '') throw refuse('Verify requires either a token or a token hash');
	if (hash !== '' && (email !== '' || phone !== '' || token !== '')) {
		throw refuse('Only the token_hash and type should be provided');
	}
	if (hash !== '') return;
	if (type === 'sms' || type === 'phone_change') throw phoneDisabled('Unsupported phone provider');
	if (email === '' || phone !== '') {
		throw refuse('Only an email address or phone number should be provided on verify');
	}
}

function kindOf(type: string): Kind {
	const kind = kinds[type];
	if (kind !== undefined) return kind;
	throw new AuthError(400, 'validation_failed', 'Invalid email verification type');
}

/** The user whose token it is, confirmed; null when the other address must agree first. */
async function useHash(context: AuthContext, hash: string, kind: Kind): Promise<UserRow | null> {
	const where = {
		signup: sql`u.confirmation_token = ${hash}`,
		recovery: sql`u.recovery_token = ${hash}`,
		email: sql`(u.confirmation_token = ${hash} or u.recovery_token = ${hash})`,
		email_change: sql`(u.email_change_token_new = ${hash}
			or u.email_change_token_current = ${hash})`
	}[kind];
	const user = hash === '' ? null : await findUser(context.db, where);
	if (user === null) throw linkExpired();
	if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
	return consume(context, user, hash, kind);
}

async function useCode(
	context: AuthContext,
	email: string,
	code: string,
	kind: Kind
): Promise<UserRow | null> {
	const { db } = context;
	const hash = tokenHash(email, code);
	const candidates =
		kind === 'email_change'
			? [await findByEmail(db, email), await findUser(db, sql`u.email_change = ${email}`)]
			: [await findByEmail(db, email)];
	for (const user of candidates) {
		const stored = user === null ? undefined : tokensOf(user, kind).find((t) => matches(t, hash));
		if (user === null || stored == null) continue;
		if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
		return consume(context, user, stored, kind, 'Token has expired or is invalid');
	}
	throw new AuthError(403, 'otp_expired', 'Token has expired or is invalid');
}

function tokensOf(user: UserRow, kind: Kind): (string | null)[] {
	switch (kind) {
		case 'signup':
			return [user.confirmation_token];
		case 'recovery':
			return [user.recovery_token];
		case 'email':
			return [user.confirmation_token, user.recovery_token];
		case 'email_change':
			return [user.email_change_token_current, user.email_change_token_new];
	}
}

/** Takes the token away under the row's lock, so that it works once. */
async function consume(
	context: AuthContext,
	user: UserRow,
	token: string,
	kind: Kind,
	refusal?: string
): Promise<UserRow | null> {
	return context.db.transaction().execute(async (db) => {
		await sql`select from auth.users where id = ${user.id} for update`.execute(db);
		const fresh = await userById(db, user.id);
		const sentAt = sentAtOf(fresh, token);
		if (sentAt === null || isExpired(sentAt, context.config.email.otp_expiry)) {
			throw refusal === undefined ? linkExpired() : new AuthError(403, 'otp_expired', refusal);
		}
		if (kind === 'email_change') return confirmEmailChange(db, context, fresh, token);
		await clearToken(db, fresh, token);
		await confirmUser(db, fresh);
		return userById(db, fresh.id);
	});
}

/** When the mail with this token left; null when the user has no such token (any more). */
function sentAtOf(user: UserRow, token: string): string | null {
	if (token === user.confirmation_token) return user.confirmation_sent_at ?? user.invited_at;
	if (token === user.recovery_token) return user.recovery_sent_at;
	const changes = [user.email_change_token_current, user.email_change_token_new];
	return changes.includes(token) ? user.email_change_sent_at : null;
}

async function clearToken(db: Database, user: UserRow, token: string): Promise<void> {
	await sql`
		update auth.users set
			confirmation_token = nullif(confirmation_token, ${token}),
			recovery_token = nullif(recovery_token, ${token}), updated_at = now()
		where id = ${user.id}`.execute(db);
}

async function signedInTarget(
	context: AuthContext,
	{ user, target, type, pkce }: { user: UserRow; target: string; type: string; pkce: boolean }
): Promise<string> {
	if (pkce) {
		const method = flowMethods[type] ?? 'magiclink';
		return withQuery(target, { code: await issueCode(context.db, user.id, method) });
	}
	const session = await startSession(context, user, 'otp');
	return withFragment(target, {
		access_token: session.access_token,
		expires_at: String(session.expires_at),
		expires_in: String(session.expires_in),
		refresh_token: session.refresh_token,
		token_type: session.token_type,
		type
	});
}

function messageTarget(target: string, pkce: boolean): string {
	const message = { message: acceptedFirst };
	return withFragment(pkce ? withQuery(target, message) : target, message);
}

function linkExpired(): AuthError {
	return new AuthError(403, 'otp_expired', 'Email link is invalid or has expired');
}
