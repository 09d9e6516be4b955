import { SignJWT } from 'jose';
import type postgres from 'postgres';

/** What the customer's server signs with the identity secret of its site. */
export async function signIdentity(
	sql: postgres.Sql,
	siteId: string,
	claims: Record<string, unknown>
): Promise<string> {
	const [row] = await sql<{ identity_secret: string }[]>`
		select identity_secret from private.site_secrets where site_id = ${siteId}`;
	return signToken(claims, row?.identity_secret ?? '');
}

/** A JWT that lives five minutes. */
export function signToken(claims: Record<string, unknown>, secret: string): Promise<string> {
	return new SignJWT(claims)
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime('5m')
		.sign(new TextEncoder().encode(secret));
}
