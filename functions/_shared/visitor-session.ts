import { AppError, isErrorCode } from '@chatiq/contracts/errors';
import type { SessionRequest, VisitorSession } from '@chatiq/contracts/session';
import { importJWK, jwtVerify, type JWK, SignJWT } from 'jose';
import * as z from 'zod/mini';
import { refusal, type PostgrestError, type ServiceClient } from './database.ts';
import { type Caller, publishableKey } from './endpoint.ts';

/** Seconds a visitor's token lives. */
const tokenLifetime = 3600;

/** Claims of a visitor's token, as SQL answers them. */
export interface SessionClaims {
	session_id: string;
	visitor_id: string;
	site_id: string;
	organization_id: string;
	verified: boolean;
}

/** What the customer's server signs; more claims may stand beside these. */
const Identity = z.object({
	sub: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
	name: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(120))),
	email: z.optional(z.email().check(z.maxLength(254))),
	exp: z.number()
});
export type Identity = z.infer<typeof Identity>;

/** Arguments of the SQL functions that open sessions, and the refresh token that goes to the browser. */
export async function sessionArguments(
	request: SessionRequest,
	caller: Caller,
	client: ServiceClient
) {
	const refreshToken = randomToken();
	const args = {
		site_key: request.site_key,
		origin: caller.origin ?? '',
		address: caller.address,
		new_token_hash: await sha256(refreshToken),
		...(request.refresh_token ? { token_hash: await sha256(request.refresh_token) } : {}),
		...(request.identity
			? { identity: await verifyIdentity(request.identity, request.site_key, client) }
			: {})
	};
	return { args, refreshToken };
}

/** The refusal; an owner who forgot an origin in the list finds it in the console's first steps. */
export async function sessionRefusal(
	error: PostgrestError,
	{ site_key, origin }: { site_key: string; origin: string },
	client: ServiceClient
): Promise<AppError> {
	const refused = refusal(error);
	if (refused.code === 'origin_not_allowed') {
		const { error: unnoted } = await client.rpc('note_refused_origin', { site_key, origin });
		if (unnoted) console.error('a refused origin was not noted', unnoted);
	}
	return refused;
}

/** Throws the refusal that SQL answered as a value (a revocation must be stored, so it is no exception there). */
export function acceptClaims(answer: unknown): SessionClaims {
	const { refused } = answer as { refused?: unknown };
	if (isErrorCode(refused)) throw new AppError(refused);
	return answer as SessionClaims;
}

/** Signs the visitor's token with the key of ours that the project trusts. */
export async function visitorSession(
	claims: SessionClaims,
	refreshToken: string
): Promise<VisitorSession> {
	const { key, alg, kid } = await signingKey();
	const token = await new SignJWT({ role: 'anon', aud: 'authenticated', ...claims })
		.setProtectedHeader({ alg, typ: 'JWT', ...(kid ? { kid } : {}) })
		.setIssuedAt()
		.setExpirationTime(`${tokenLifetime}s`)
		.sign(key);
	return {
		token,
		expires_in: tokenLifetime,
		refresh_token: refreshToken,
		visitor_id: claims.visitor_id,
		site_id: claims.site_id,
		organization_id: claims.organization_id,
		verified: claims.verified,
		publishable_key: publishableKey()
	};
}

async function verifyIdentity(
	token: string,
	siteKey: string,
	client: ServiceClient
): Promise<Identity> {
	const { data: secrets, error } = await client.rpc('site_identity_secrets', { site_key: siteKey });
	if (error) throw refusal(error);
	if (secrets.length === 0) throw new AppError('site_not_found');
	try {
		const payload = await verifyWithAny(token, secrets);
		const { sub, name, email, exp } = Identity.parse(payload);
		return { sub, exp, ...(name ? { name } : {}), ...(email ? { email } : {}) };
	} catch (cause) {
		throw new AppError('identity_invalid', 'The signed identity is not valid for this site.', {
			cause
		});
	}
}

/** After a rotation the secret before is good for a while; the newest one's complaint is the one that counts. */
async function verifyWithAny(token: string, secrets: string[]) {
	const tries = await Promise.allSettled(
		secrets.map((secret) =>
			jwtVerify(token, new TextEncoder().encode(secret), {
				algorithms: ['HS256'],
				requiredClaims: ['sub', 'exp']
			})
		)
	);
	const good = tries.find((result) => result.status === 'fulfilled');
	if (good) return good.value.payload;
	throw (tries[0] as PromiseRejectedResult).reason;
}

/** `VISITOR_SIGNING_KEY`: an HS256 secret as it is, or a private JWK (HS256 or ES256) as JSON. */
async function signingKey() {
	const value = Deno.env.get('VISITOR_SIGNING_KEY');
	if (!value) throw new Error('VISITOR_SIGNING_KEY is not set');
	if (!value.startsWith('{')) return { key: new TextEncoder().encode(value), alg: 'HS256' };
	const jwk = JSON.parse(value) as JWK;
	const alg = jwk.alg ?? (jwk.kty === 'EC' ? 'ES256' : 'HS256');
	return { key: await importJWK(jwk, alg), alg, kid: jwk.kid };
}

function randomToken(): string {
	return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
		.replaceAll('+', '-')
		.replaceAll('/', '_')
		.replaceAll('=', '');
}

async function sha256(text: string): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
	return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
