import type { HonoContext } from '@supabase/lite';

export type AuthService = HonoContext['Variables']['authService'];

/** A row of auth.users, as far as it is used here. */
export type AuthUserRow = {
	id: string;
	email: string | null;
	is_anonymous: boolean;
	banned_until: string | null;
	invited_at: string | null;
	raw_app_meta_data: unknown;
};

export type AuthUser = {
	id: string;
	aud: string;
	role: string;
	email: string;
	phone: string;
	app_metadata: Record<string, unknown>;
	user_metadata: Record<string, unknown>;
	is_anonymous: boolean;
	[field: string]: unknown;
};

export type AuthSession = {
	access_token: string;
	refresh_token: string;
	expires_in: number;
	expires_at: number;
	token_type: string;
	user: AuthUser;
	/** Not enumerable. */
	session_id: string;
};

export type SessionOptions = {
	authenticationMethod?: string;
	createLoginAudit?: boolean;
	provider?: string;
};

/**
 * The private methods through which lite makes every session and every user object. An instance
 * lives for one request, so replacing them on it is our way in.
 */
export type AuthInternals = {
	createSessionForUser(
		user: AuthUserRow,
		identities: unknown[],
		kind?: string,
		options?: SessionOptions
	): Promise<AuthSession>;
	createRefreshResponse(user: AuthUserRow, ...rest: unknown[]): Promise<AuthSession>;
	mapUserToResponse(user: AuthUserRow, identities: unknown[], kind: string): AuthUser;
};

export function internalsOf(service: AuthService): AuthInternals {
	return service as unknown as AuthInternals;
}
