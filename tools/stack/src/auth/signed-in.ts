import { sql } from 'kysely';
import { AuthError } from './auth-error.ts';
import { isUuid } from './context.ts';
import type { AuthContext } from './context.ts';
import { endSessions, sessionById } from './sessions.ts';
import type { SessionRow } from './sessions.ts';
import { findUser } from './users.ts';
import type { UserRow } from './users.ts';

/** Whoever sends a request; a token that our functions mint has no session. */
export type SignedIn = { user: UserRow; session: SessionRow | null };

/** A token outlives its session; Auth itself accepts it only while the session lasts. */
export async function requireUser({ caller, db }: AuthContext): Promise<SignedIn> {
	const { claims, signedIn } = caller;
	if (!signedIn || claims === null) {
		throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token');
	}
	const { sub, session_id: sessionId } = claims;
	if (!isUuid(sub)) throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim');
	const user = await findUser(db, sql`u.id = ${sub}`);
	if (user === null || user.deleted_at !== null) {
		throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
	}
	return { user, session: isUuid(sessionId) ? await sessionById(db, sessionId) : null };
}

/** `POST /logout`. */
export async function signOut(context: AuthContext, me: SignedIn): Promise<Response> {
	const scope = context.url.searchParams.get('scope') ?? 'global';
	if (scope !== 'global' && scope !== 'local' && scope !== 'others') {
		throw new AuthError(400, 'validation_failed', `Unsupported logout scope "${scope}"`);
	}
	await endSessions(context.db, me.user.id, scope, me.session?.id ?? null);
	return new Response(null, { status: 204 });
}
