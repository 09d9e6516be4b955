import { SignJWT } from 'jose';
import { createHash, randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { type Backend, connect, connectService } from './backend.ts';
import { origin, type Tenant, type Visitor } from './tenant.ts';

/** What the customer's server signs with the identity secret of its site. */
export async function signIdentity(
	sql: postgres.Sql,
	siteId: string,
	claims: Record<string, unknown>
): Promise<string> {
	const [row] = await sql<{ identity_secret: string }[]>`
		select identity_secret from private.site_secrets where site_id = ${siteId}`;
	return sign(claims, row?.identity_secret ?? '');
}

/**
 * Opens a visitor's session as the edge functions do, from any address: the stack's gateway, as a proxy should,
 * believes only the socket about where a request comes from.
 */
export async function openSessionFrom(
	backend: Backend,
	tenant: Tenant,
	address: string,
	identity?: { sub: string }
): Promise<{ visitor: Visitor } | { refused: string }> {
	const hash = createHash('sha256').update(randomUUID()).digest('hex');
	const { data } = await connectService(backend)
		.rpc('open_visitor_session', {
			site_key: tenant.site.site_key,
			origin,
			address,
			new_token_hash: hash,
			...(identity && { identity })
		})
		.throwOnError();
	const claims = data as { refused?: string; visitor_id: string; site_id: string };
	if (claims.refused !== undefined) return { refused: claims.refused };
	const token = await sign({ ...claims, role: 'anon' }, backend.jwtSecret);
	const session = {
		...claims,
		token,
		organization_id: tenant.organization,
		verified: identity !== undefined,
		expires_in: 300,
		refresh_token: '',
		publishable_key: backend.publishableKey
	};
	return { visitor: { session, client: connect(backend, token) } };
}

function sign(claims: Record<string, unknown>, secret: string): Promise<string> {
	return new SignJWT(claims)
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime('5m')
		.sign(new TextEncoder().encode(secret));
}
