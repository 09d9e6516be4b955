import type { Keys } from '../keys.ts';

/** The names that a hosted project gives to its functions, and the signing key of ours. */
export function functionEnvironment(
	keys: Keys,
	url: string,
	databaseUrl: string
): Record<string, string> {
	return {
		SUPABASE_URL: url,
		SUPABASE_ANON_KEY: keys.anonJwt,
		SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleJwt,
		SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
		SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
		SUPABASE_DB_URL: databaseUrl,
		VISITOR_SIGNING_KEY: keys.jwtSecret
	};
}
