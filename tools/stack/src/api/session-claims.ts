import { decodeJwt } from 'jose';
import type { Signer } from '../tokens.ts';
import { AuthError } from './auth-error.ts';
import { internalsOf } from './auth-service.ts';
import type { AuthService, AuthSession, AuthUserRow, SessionOptions } from './auth-service.ts';

/**
 * Sessions as a hosted project issues them. Lite signs HS256 and leaves out most claims; whatever
 * makes a session (password, link, OAuth, refresh) passes through these methods.
 */
export function completeSessions(service: AuthService, signer: Signer, issuer: string): void {
	const internals = internalsOf(service);
	const createSession = internals.createSessionForUser.bind(service);
	const refresh = internals.createRefreshResponse.bind(service);
	const mapUser = internals.mapUserToResponse.bind(service);

	internals.mapUserToResponse = (row, identities, kind) => ({
		...mapUser(row, identities, kind),
		is_anonymous: row.is_anonymous,
		...(row.invited_at !== null && { invited_at: row.invited_at }),
		...(row.banned_until !== null && { banned_until: row.banned_until })
	});
	internals.createSessionForUser = async (row, identities, kind, options = {}) => {
		refuseBanned(row);
		const session = await createSession(row, identities, kind, options);
		return resign(session, methodOf(row, options));
	};
	internals.createRefreshResponse = async (row, ...rest) => {
		refuseBanned(row);
		return resign(await refresh(row, ...rest), methodOf(row, {}));
	};

	const resign = async (session: AuthSession, method: string): Promise<AuthSession> => {
		const claims = decodeJwt(session.access_token);
		const { user } = session;
		// Assigned in place: the session carries hidden properties that a copy would lose.
		session.access_token = await signer.sign({
			iss: issuer,
			...claims,
			email: user.email,
			phone: user.phone,
			app_metadata: user.app_metadata,
			user_metadata: user.user_metadata,
			is_anonymous: user.is_anonymous,
			aal: 'aal1',
			amr: [{ method, timestamp: claims.iat }]
		});
		return session;
	};
}

function refuseBanned(row: AuthUserRow): void {
	if (row.banned_until !== null && Date.parse(row.banned_until) > Date.now()) {
		throw new AuthError(400, 'user_banned', 'User is banned');
	}
}

/** How the user proved who they are. Lite does not store it, so a refresh tells the account's way. */
function methodOf(row: AuthUserRow, options: SessionOptions): string {
	if (row.is_anonymous) return 'anonymous';
	if (options.authenticationMethod !== undefined) return options.authenticationMethod;
	const { provider = 'email' } = (row.raw_app_meta_data ?? {}) as { provider?: string };
	return provider === 'email' && options.createLoginAudit !== false ? 'password' : 'oauth';
}
