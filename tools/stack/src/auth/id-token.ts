import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import * as z from 'zod';
import { AuthError } from './auth-error.ts';
import { parseBody } from './context.ts';
import type { AuthContext } from './context.ts';
import { accountFor } from './external-account.ts';
import { providerNamed } from './external.ts';
import type { OidcProvider } from './oidc.ts';
import { startSession } from './sessions.ts';
import type { TokenResponse } from './sessions.ts';

const IdToken = z.looseObject({
	provider: z.string().default(''),
	id_token: z.string().default(''),
	nonce: z.string().nullish()
});

/** `grant_type=id_token`: an app got the provider's token by itself. */
export async function signInWithIdToken(context: AuthContext): Promise<TokenResponse> {
	const { provider: name, id_token: token, nonce } = parseBody(context, IdToken);
	if (token === '') throw new AuthError(400, 'validation_failed', 'id_token required');
	const provider = providerNamed(context, name);
	const claims = await verifyIdToken(provider, token);
	if (!provider.skipNonceCheck) checkNonce(claims.nonce, nonce ?? '');
	const user = await accountFor(context, provider.profileOf(claims));
	return startSession(context, user, 'oauth');
}

async function verifyIdToken(provider: OidcProvider, token: string): Promise<JWTPayload> {
	const { issuer, jwks_uri: jwks } = await provider.metadata();
	if (jwks === undefined) throw badToken('the provider publishes no keys');
	try {
		const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks)), {
			issuer,
			audience: provider.clientIds,
			requiredClaims: ['sub', 'exp']
		});
		return payload;
	} catch (error) {
		if (error instanceof errors.JOSEError) throw badToken(error.message);
		throw error;
	}
}

/** The app sends the nonce itself, the token holds its hash. */
function checkNonce(inToken: unknown, given: string): void {
	const has = typeof inToken === 'string' && inToken !== '';
	if (has !== (given !== '')) {
		throw badToken('passed nonce and nonce in id_token should either both exist or not');
	}
	const hash = createHash('sha256').update(given).digest('hex');
	if (has && hash !== inToken) throw badToken('nonces mismatch');
}

function badToken(reason: string): AuthError {
	return new AuthError(400, 'validation_failed', `Bad ID token: ${reason}`);
}
