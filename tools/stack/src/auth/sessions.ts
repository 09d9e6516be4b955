import { randomInt, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { rowOf, rowsOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { userJson } from './user-json.ts';
import type { UserJson } from './user-json.ts';
import { isBanned, userById } from './users.ts';
import type { UserRow } from './users.ts';

/** How somebody proved who they are: the `amr` of the token. */
export type Method =
	| 'password'
	| 'otp'
	| 'oauth'
	| 'totp'
	| 'anonymous'
	| 'recovery'
	| 'invite'
	| 'magiclink'
	| 'email/signup'
	| 'email_change';

export type SessionRow = {
	id: string;
	user_id: string;
	/** Null in sessions of an earlier version. */
	aal: 'aal1' | 'aal2' | null;
	factor_id: string | null;
	not_after: string | null;
	refreshed_at: string | null;
	created_at: string;
};

export type TokenResponse = {
	access_token: string;
	token_type: 'bearer';
	expires_in: number;
	expires_at: number;
	refresh_token: string;
	user: UserJson;
	[extra: string]: unknown;
};

const tokenAlphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Signs a user in. */
export async function startSession(
	context: AuthContext,
	user: UserRow,
	method: Method
): Promise<TokenResponse> {
	refuseBanned(user);
	const { request, ip } = context;
	const id = randomUUID();
	const refreshToken = newRefreshToken();
	await context.db.transaction().execute(async (db) => {
		await sql`
			insert into auth.sessions (id, user_id, aal, user_agent, ip)
			values (${id}, ${user.id}, 'aal1', ${request.headers.get('user-agent')}, ${ip}::inet)
		`.execute(db);
		await addClaim(db, id, method);
		await insertRefreshToken(db, { token: refreshToken, userId: user.id, sessionId: id });
		await sql`
			update auth.users set last_sign_in_at = now(), updated_at = now()
			where id = ${user.id}`.execute(db);
	});
	return tokensFor(context, id, refreshToken);
}

/** The answer that carries a session: everything in it is read anew. */
export async function tokensFor(
	context: AuthContext,
	sessionId: string,
	refreshToken: string
): Promise<TokenResponse> {
	const { db, config, issuer, signer } = context;
	const session = await sessionById(db, sessionId);
	const user = userJson(await userById(db, session.user_id));
	const issuedAt = Math.floor(Date.now() / 1000);
	const expiresAt = issuedAt + config.jwt_expiry;
	const access_token = await signer.sign({
		iss: issuer,
		sub: user.id,
		aud: user.aud,
		exp: expiresAt,
		iat: issuedAt,
		email: user.email,
		phone: user.phone,
		app_metadata: user.app_metadata,
		user_metadata: user.user_metadata,
		role: user.role,
		aal: session.aal ?? 'aal1',
		amr: await methodsOf(db, sessionId),
		session_id: sessionId,
		is_anonymous: user.is_anonymous
	});
	return {
		access_token,
		token_type: 'bearer',
		expires_in: config.jwt_expiry,
		expires_at: expiresAt,
		refresh_token: refreshToken,
		user
	};
}

export async function addClaim(db: Database, sessionId: string, method: Method): Promise<void> {
	await sql`
		insert into auth.mfa_amr_claims (id, session_id, authentication_method)
		values (gen_random_uuid(), ${sessionId}, ${method})
		on conflict (session_id, authentication_method) do update set updated_at = now()`.execute(db);
}

/** A new refresh token in the place of the session's valid one. */
export async function swapRefreshToken(
	db: Database,
	session: { id: string; user_id: string },
	parent: string | null
): Promise<string> {
	const token = newRefreshToken();
	await sql`
		update auth.refresh_tokens set revoked = true, updated_at = now()
		where session_id = ${session.id} and not revoked`.execute(db);
	await insertRefreshToken(db, {
		...{ token, parent },
		...{ userId: session.user_id, sessionId: session.id }
	});
	return token;
}

export async function endSessions(
	db: Database,
	userId: string,
	scope: 'global' | 'local' | 'others',
	sessionId: string | null
): Promise<void> {
	const which = {
		global: sql`true`,
		local: sql`id = ${sessionId}::uuid`,
		others: sql`id is distinct from ${sessionId}::uuid`
	}[scope];
	await sql`delete from auth.sessions where user_id = ${userId} and ${which}`.execute(db);
}

export async function sessionById(db: Database, id: string): Promise<SessionRow> {
	const session = await rowOf<SessionRow>(db, sql`select * from auth.sessions where id = ${id}`);
	if (session !== null) return session;
	throw new AuthError(
		403,
		'session_not_found',
		'Session from session_id claim in JWT does not exist'
	);
}

export function refuseBanned(user: UserRow): void {
	if (isBanned(user)) throw new AuthError(400, 'user_banned', 'User is banned');
}

/** The newest first. */
async function methodsOf(db: Database, sessionId: string) {
	const rows = await rowsOf<{ method: string; at: number }>(
		db,
		sql`
			select authentication_method as method, floor(extract(epoch from updated_at))::int as at
			from auth.mfa_amr_claims where session_id = ${sessionId} order by updated_at desc`
	);
	return rows.map(({ method, at }) => ({ method, timestamp: at }));
}

async function insertRefreshToken(
	db: Database,
	row: { token: string; userId: string; sessionId: string; parent?: string | null }
): Promise<void> {
	await sql`
		insert into auth.refresh_tokens (id, token, user_id, session_id, parent)
		values (gen_random_uuid()::text, ${row.token}, ${row.userId}, ${row.sessionId},
			${row.parent ?? null})`.execute(db);
}

/** 120 bits; hosted's have 60. */
function newRefreshToken(): string {
	return Array.from({ length: 24 }, () => tokenAlphabet[randomInt(tokenAlphabet.length)]).join('');
}
