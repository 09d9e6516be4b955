import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../api/database-context.ts';

export const pkcePrefix = 'pkce_';

/** Which columns of auth.users hold the token. */
export type Purpose =
	'confirmation' | 'recovery' | 'email_change_new' | 'email_change_current' | 'reauthentication';

const columns = {
	confirmation: ['confirmation_token', 'confirmation_sent_at'],
	recovery: ['recovery_token', 'recovery_sent_at'],
	email_change_new: ['email_change_token_new', 'email_change_sent_at'],
	email_change_current: ['email_change_token_current', 'email_change_sent_at'],
	reauthentication: ['reauthentication_token', 'reauthentication_sent_at']
} as const satisfies Record<Purpose, readonly [string, string]>;

export type OneTimeToken = { code: string; hash: string };

/** A code to type and its hash for a link; the newest replaces the one before. */
export async function mintToken(
	db: Database,
	options: { userId: string; email: string; purpose: Purpose; length: number; pkce?: boolean }
): Promise<OneTimeToken> {
	const { userId, email, purpose, length, pkce = false } = options;
	const code = Array.from({ length }, () => randomInt(10)).join('');
	const hash = `${pkce ? pkcePrefix : ''}${tokenHash(email, code)}`;
	const [token, sentAt] = columns[purpose];
	await sql`
		update auth.users set ${sql.ref(token)} = ${hash}, ${sql.ref(sentAt)} = clock_timestamp()
		where id = ${userId}`.execute(db);
	return { code, hash };
}

export function tokenHash(address: string, code: string): string {
	return createHash('sha224')
		.update(address + code)
		.digest('hex');
}

/** Whether a code typed in is the stored one, bound to a browser or not. */
export function matches(stored: string | null, hash: string): boolean {
	if (stored === null) return false;
	const bare = stored.startsWith(pkcePrefix) ? stored.slice(pkcePrefix.length) : stored;
	return bare.length === hash.length && timingSafeEqual(Buffer.from(bare), Buffer.from(hash));
}

export function isExpired(sentAt: string | null, seconds: number): boolean {
	return sentAt === null || Date.parse(sentAt) + seconds * 1000 < Date.now();
}
