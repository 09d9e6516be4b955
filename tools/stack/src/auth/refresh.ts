import { sql } from 'kysely';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { rowOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { refuseBanned, swapRefreshToken, tokensFor } from './sessions.ts';
import type { SessionRow, TokenResponse } from './sessions.ts';
import { userById } from './users.ts';

type RefreshTokenRow = {
	token: string;
	session_id: string;
	revoked: boolean;
	parent: string | null;
	/** Since the last change, by the database's clock. */
	age: number;
};

type Outcome = { sessionId: string; refreshToken: string } | AuthError;

/** `grant_type=refresh_token`: rotation, and the end of a session whose used token comes again. */
export async function refreshSession(context: AuthContext, token: string): Promise<TokenResponse> {
	const outcome = await context.db.transaction().execute((db) => rotate(db, context, token));
	// Thrown outside of the transaction: what a refusal revoked stays revoked.
	if (outcome instanceof AuthError) throw outcome;
	return tokensFor(context, outcome.sessionId, outcome.refreshToken);
}

async function rotate(db: Database, context: AuthContext, token: string): Promise<Outcome> {
	const { config } = context;
	const known = await findToken(db, token);
	const session = known === null ? null : await lockSession(db, known.session_id);
	// Read again: whoever held the lock may have used it meanwhile.
	const row = session === null ? null : await findToken(db, token);
	if (session === null || row === null) return notFound();
	refuseBanned(await userById(db, session.user_id));
	const ended = await expiryOf(db, session, context);
	if (ended !== null) return ended;
	if (row.revoked) {
		const active = await activeToken(db, session.id);
		// The answer with the successor was lost: the client gets the same one again.
		if (active !== null && active.parent === row.token) return used(db, session, active.token);
		if (row.age > config.refresh_token_reuse_interval) {
			if (config.enable_refresh_token_rotation) await revokeAll(db, session.id);
			return new AuthError(
				400,
				'refresh_token_already_used',
				'Invalid Refresh Token: Already Used'
			);
		}
	}
	if (!config.enable_refresh_token_rotation) return used(db, session, row.token);
	return used(db, session, await swapRefreshToken(db, session, row.token));
}

async function used(db: Database, session: SessionRow, refreshToken: string): Promise<Outcome> {
	await sql`
		update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now()
		where id = ${session.id}`.execute(db);
	return { sessionId: session.id, refreshToken };
}

async function expiryOf(
	db: Database,
	session: SessionRow,
	{ config }: AuthContext
): Promise<AuthError | null> {
	const { timebox = null, inactivity_timeout: inactivity = null } = config.sessions;
	const found = await rowOf<{ over: boolean; idle: boolean }>(
		db,
		sql`
			select
				coalesce(not_after < now(), false)
					or coalesce(created_at + make_interval(secs => ${timebox}) < now(), false) as over,
				coalesce(coalesce(refreshed_at at time zone 'utc', created_at)
					+ make_interval(secs => ${inactivity}) < now(), false) as idle
			from auth.sessions where id = ${session.id}`
	);
	if (found?.over !== true && found?.idle !== true) return null;
	const why = found.over ? '' : ' (Inactivity)';
	return new AuthError(400, 'session_expired', `Invalid Refresh Token: Session Expired${why}`);
}

function findToken(db: Database, token: string): Promise<RefreshTokenRow | null> {
	return rowOf<RefreshTokenRow>(
		db,
		sql`
			select token, session_id, revoked, parent,
				extract(epoch from clock_timestamp() - updated_at)::float8 as age
			from auth.refresh_tokens where token = ${token} and session_id is not null`
	);
}

function lockSession(db: Database, id: string): Promise<SessionRow | null> {
	return rowOf<SessionRow>(db, sql`select * from auth.sessions where id = ${id} for update`);
}

function activeToken(db: Database, sessionId: string): Promise<RefreshTokenRow | null> {
	return rowOf<RefreshTokenRow>(
		db,
		sql`
			select token, session_id, revoked, parent, 0 as age from auth.refresh_tokens
			where session_id = ${sessionId} and not revoked order by created_at desc limit 1`
	);
}

async function revokeAll(db: Database, sessionId: string): Promise<void> {
	await sql`
		update auth.refresh_tokens set revoked = true, updated_at = now()
		where session_id = ${sessionId} and not revoked`.execute(db);
}

function notFound(): AuthError {
	return new AuthError(
		400,
		'refresh_token_not_found',
		'Invalid Refresh Token: Refresh Token Not Found'
	);
}
