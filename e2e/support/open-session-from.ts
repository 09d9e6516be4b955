import { createHash, randomUUID } from 'node:crypto';
import { type Backend, connect, connectService } from './backend.ts';
import { signToken } from './identity.ts';
import { origin, type Tenant, type Visitor } from './tenant.ts';

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
	const token = await signToken({ ...claims, role: 'anon' }, backend.jwtSecret);
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
