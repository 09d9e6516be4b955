import { AuthError } from './auth-error.ts';
import type { Authorization } from './authorization.ts';
import { sql } from 'kysely';
import type { Database } from './database-context.ts';

const forUsers = /^\/auth\/v1\/(user|logout|reauthenticate|factors)\b/;

/** A token outlives its session; Auth itself accepts it only while the session lasts. */
export async function refuseEndedSession(
	path: string,
	{ claims, signedIn }: Authorization,
	db: Database
): Promise<void> {
	if (!forUsers.test(path)) return;
	if (!signedIn || claims === null) {
		throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token');
	}
	const { sub, session_id: sessionId } = claims;
	if (typeof sub !== 'string' || !isUuid(sub)) {
		throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim');
	}
	const session = typeof sessionId === 'string' && isUuid(sessionId) ? sessionId : null;
	const { rows } = await sql<{ user: boolean; session: boolean }>`
		select
			exists (select from auth.users where id = ${sub}::uuid) as user,
			${session}::uuid is null
				or exists (select from auth.sessions where id = ${session}::uuid) as session`.execute(db);
	const [found] = rows;
	if (found?.user !== true) {
		throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
	}
	if (!found.session) {
		throw new AuthError(
			403,
			'session_not_found',
			'Session from session_id claim in JWT does not exist'
		);
	}
}

function isUuid(text: string): boolean {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
