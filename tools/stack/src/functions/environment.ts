import { createHash, randomUUID } from 'node:crypto';
import type { Keys } from '../keys.ts';
import { publicJwks } from '../tokens.ts';

/** Answers by e-mail go there; the mailbox hands them over. */
export const replyDomain = 'reply.localhost';

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
		SUPABASE_JWKS: JSON.stringify(publicJwks(keys)),
		SUPABASE_DB_URL: databaseUrl,
		SB_REGION: 'local',
		VISITOR_SIGNING_KEY: keys.jwtSecret,
		WEBHOOKS_ALLOW_LOOPBACK: 'true',
		// Answers by e-mail, as if a mail provider handed them over.
		INBOUND_DOMAIN: replyDomain,
		POSTMARK_WEBHOOK_PASSWORD: keys.secretKey,
		MAILGUN_SIGNING_KEY: keys.secretKey,
		RESEND_WEBHOOK_SECRET: `whsec_${Buffer.from(keys.secretKey).toString('base64')}`
	};
}

/** What differs from one worker of a function to the next. `version` is of its code. */
export function workerEnvironment(name: string, version: string): Record<string, string> {
	const functionId = createHash('sha256').update(name).digest('hex').slice(0, 12);
	return {
		SB_EXECUTION_ID: randomUUID(),
		DENO_DEPLOYMENT_ID: `local_${functionId}_${version}`,
		SUPABASE_FUNCTION_SLUG: name
	};
}

const open = [
	'SUPABASE_URL',
	'SUPABASE_ANON_KEY',
	'SUPABASE_PUBLISHABLE_KEYS',
	'SUPABASE_JWKS',
	'SB_REGION',
	'WEBHOOKS_ALLOW_LOOPBACK',
	'INBOUND_DOMAIN'
];

/** What must not stand in a log. */
export function secretsOf(environment: Record<string, string>): string[] {
	return Object.entries(environment)
		.filter(([name]) => !open.includes(name))
		.flatMap(([, value]) => [value, ...parts(value)])
		.filter((secret) => secret.length >= 8);
}

/** The keys in a JSON map, the password in an address. */
function parts(value: string): string[] {
	if (value.startsWith('{')) {
		try {
			const map = JSON.parse(value) as Record<string, unknown>;
			return Object.values(map).filter((part) => typeof part === 'string');
		} catch {
			return []; // it only looked like JSON
		}
	}
	return URL.canParse(value) ? [decodeURIComponent(new URL(value).password)] : [];
}
