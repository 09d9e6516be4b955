import { compactVerify, errors, importJWK, SignJWT } from 'jose';
import type { CompactJWSHeaderParameters, JWK } from 'jose';
import type { Keys } from './keys.ts';

export type Claims = {
	role: string;
	exp: number;
	sub?: string;
	session_id?: string;
	[claim: string]: unknown;
};

export type TokenErrorKind = 'expired' | 'signature' | 'malformed' | 'missing_claims';

export class TokenError extends Error {
	readonly kind: TokenErrorKind;

	constructor(kind: TokenErrorKind, message: string) {
		super(message);
		this.name = 'TokenError';
		this.kind = kind;
	}
}

export type Verifier = {
	/** The token's claims. Throws a TokenError in the words of Supabase Realtime. */
	verify: (token: string) => Promise<Claims>;
	/** As Data API and Storage do: no `role` is `anon`, and no `exp` is for ever. */
	verifyLeniently: (token: string) => Promise<{ role: string; [claim: string]: unknown }>;
};

const secretAlgorithms = ['HS256', 'HS384', 'HS512'];

/** Accepts HS* with the shared secret, whatever key they name, and ES256 by the name of our key. */
export function createVerifier(keys: Keys): Verifier {
	const secret = new TextEncoder().encode(keys.jwtSecret);
	const publicKey = importJWK(publicJwk(keys), 'ES256');
	const keyFor = ({ alg, kid }: CompactJWSHeaderParameters) => {
		if (alg === 'ES256' && kid === keys.signingKey.kid) return publicKey;
		if (secretAlgorithms.includes(alg)) return secret;
		// Only a public key is looked for by its name.
		const named = kid !== undefined && /^(RS|ES|Ed)/.test(alg);
		const whichKey = named ? ` for key ID (kid) "${kid}"` : '';
		throw new TokenError(
			'signature',
			`Failed to generate JWT signer${whichKey}, check your JWT secret or JWKS configuration`
		);
	};
	const check = async (token: string, defaults: Partial<Claims>): Promise<Claims> => {
		try {
			const { payload } = await compactVerify(normalise(token), keyFor);
			return checkClaims(JSON.parse(new TextDecoder().decode(payload)), defaults);
		} catch (error) {
			throw asTokenError(error);
		}
	};
	return {
		async verify(token) {
			const { exp, iat, ...claims } = await check(token, {});
			const issued = typeof iat === 'number' ? { iat: Math.round(iat) } : {};
			return { ...claims, ...issued, exp: Math.round(exp) };
		},
		async verifyLeniently(token) {
			const { exp, ...claims } = await check(token, { role: 'anon', exp: Infinity });
			return exp === Infinity ? claims : { ...claims, exp };
		}
	};
}

export type Signer = {
	/** An ES256 token, as Auth issues them; `iat` and `exp` are the caller's. */
	sign: (claims: Record<string, unknown>) => Promise<string>;
};

export function createSigner(keys: Keys): Signer {
	const privateKey = importJWK(keys.signingKey, 'ES256');
	return {
		sign: async (claims) =>
			new SignJWT(claims)
				.setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: keys.signingKey.kid })
				.sign(await privateKey)
	};
}

/** What `/auth/v1/.well-known/jwks.json` serves. */
export function publicJwks(keys: Keys): { keys: JWK[] } {
	return { keys: [{ ...publicJwk(keys), key_ops: ['verify'], ext: true }] };
}

function publicJwk(keys: Keys): JWK {
	const { kty, crv, alg, use, kid, x, y } = keys.signingKey;
	return { kty, crv, alg, use, kid, x, y };
}

function normalise(token: string): string {
	try {
		return decodeURIComponent(token).replace(/\s/g, '');
	} catch {
		throw malformed();
	}
}

function checkClaims(payload: unknown, defaults: Partial<Claims>): Claims {
	if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw malformed();
	const claims: Record<string, unknown> = { ...defaults, ...payload };
	const { role, exp, iat, sub, session_id } = claims;
	if (typeof role !== 'string' || typeof exp !== 'number') {
		throw new TokenError('missing_claims', 'Fields `role` and `exp` are required in JWT');
	}
	for (const [claim, type] of [
		[iat, 'number'],
		[sub, 'string'],
		[session_id, 'string']
	] as const) {
		if (claim !== undefined && typeof claim !== type) throw malformed();
	}
	const now = Math.floor(Date.now() / 1000);
	if (exp <= now) {
		throw new TokenError('expired', `Token has expired ${now - Math.round(exp)} seconds ago`);
	}
	return { ...claims, role, exp };
}

function asTokenError(error: unknown): TokenError {
	if (error instanceof TokenError) return error;
	if (error instanceof errors.JWSSignatureVerificationFailed) {
		return new TokenError('signature', 'Failed to validate JWT signature');
	}
	if (error instanceof errors.JOSEError || error instanceof SyntaxError) return malformed();
	throw error;
}

function malformed(): TokenError {
	return new TokenError('malformed', 'The token provided is not a valid JWT');
}
