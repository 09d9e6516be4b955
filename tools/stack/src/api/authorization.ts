import { decodeJwt } from 'jose';
import { AuthError } from '../auth/auth-error.ts';
import type { Keys } from '../keys.ts';
import { TokenError } from '../tokens.ts';
import type { Verifier } from '../tokens.ts';
import { restError } from './rest-errors.ts';
import { storageError } from './storage-error.ts';

export type ApiKeyType = 'publishable' | 'secret';

export type Authorization = {
	apiKey: ApiKeyType | null;
	/** What the request acts with; null is nobody. */
	claims: Record<string, unknown> | null;
	/** Whether the claims are a token's, not an API key's. */
	signedIn: boolean;
};

export type ApiService = 'auth' | 'rest' | 'storage';

/** Who sends this request? Refuses bad keys and tokens in the words of the service asked. */
export type Authorise = (
	request: Request,
	service: ApiService
) => Promise<Authorization | Response>;

type KnownKey = { type: ApiKeyType; claims: Record<string, unknown> };

// Reached by links in mails, redirects and <img>, which carry no API key.
const keyless =
	/^\/auth\/v1\/(verify|authorize|callback|health|\.well-known\/)|^\/storage\/v1\/(object|render\/image)\/(public|sign)\/|^\/storage\/v1\/object\/upload\/sign\//;

export function createAuthorise(keys: Keys, verifier: Verifier): Authorise {
	const known = new Map<string, KnownKey>([
		[keys.publishableKey, { type: 'publishable', claims: { role: 'anon' } }],
		[keys.secretKey, { type: 'secret', claims: { role: 'service_role' } }],
		[keys.anonJwt, { type: 'publishable', claims: decodeJwt(keys.anonJwt) }],
		[keys.serviceRoleJwt, { type: 'secret', claims: decodeJwt(keys.serviceRoleJwt) }]
	]);
	return async (request, service) => {
		const url = new URL(request.url);
		const publicAsset =
			keyless.test(url.pathname) && ['GET', 'HEAD', 'PUT'].includes(request.method);
		if (publicAsset) return { apiKey: null, claims: null, signedIn: false };

		const key = request.headers.get('apikey') ?? url.searchParams.get('apikey');
		const apiKey = key === null ? undefined : known.get(key);
		const refusal = service === 'storage' ? null : refuseKey(key, apiKey, request);
		if (refusal !== null) return refusal;

		const bearer = bearerOf(request);
		const fromKey = bearer === null ? apiKey : known.get(bearer);
		if (bearer === null || fromKey !== undefined || bearer.startsWith('sb_')) {
			const granted = fromKey ?? apiKey;
			return { apiKey: granted?.type ?? null, claims: granted?.claims ?? null, signedIn: false };
		}
		try {
			const strictly = service === 'auth';
			const claims = await verifier[strictly ? 'verify' : 'verifyLeniently'](bearer);
			return { apiKey: apiKey?.type ?? null, claims, signedIn: true };
		} catch (error) {
			if (error instanceof TokenError)
				return refuseToken(error, { request, token: bearer, service });
			throw error;
		}
	};
}

function bearerOf(request: Request): string | null {
	const token = /^bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
	return token?.trim() ?? null;
}

function refuseKey(
	key: string | null,
	apiKey: KnownKey | undefined,
	request: Request
): Response | null {
	if (key === null) {
		return unauthorised(
			'No API key found in request',
			'No `apikey` request header or url param was found.'
		);
	}
	if (apiKey === undefined) {
		return unauthorised('Invalid API key', 'Double check your Supabase `apikey`.');
	}
	// A secret key in a page is a leak; the hosted gateway says so too.
	const browser = /^\s*Mozilla\/5\.0/i.test(request.headers.get('user-agent') ?? '');
	if (apiKey.type === 'secret' && browser) {
		return unauthorised('Forbidden use of secret API key in browser', 'Use the publishable key.');
	}
	return null;
}

function unauthorised(message: string, hint: string): Response {
	return Response.json({ message, hint }, { status: 401 });
}

function refuseToken(
	error: TokenError,
	{ request, token, service }: { request: Request; token: string; service: ApiService }
): Response {
	if (service === 'auth') return badJwt(error).toResponse(request);
	if (service === 'storage') return storageError(403, 'Unauthorized', storageReason(error));
	const [code, message, details = null] = restReason(error, token);
	return restError(
		401,
		{ code, message, details, hint: null },
		{ 'www-authenticate': `Bearer error="invalid_token", error_description="${message}"` }
	);
}

function restReason(
	error: TokenError,
	token: string
): [code: string, message: string, details?: string] {
	if (error.kind === 'expired') return ['PGRST303', 'JWT expired'];
	if (error.kind === 'missing_claims') return ['PGRST303', error.message];
	const parts = token.split('.').length;
	if (parts !== 3) return ['PGRST301', `Expected 3 parts in JWT; got ${parts}`];
	const details = 'None of the keys was able to decode the JWT';
	return ['PGRST301', 'No suitable key or wrong key type', details];
}

function storageReason(error: TokenError): string {
	if (error.kind === 'expired') return '"exp" claim timestamp check failed';
	if (error.kind === 'malformed') return 'Invalid Compact JWS';
	return error.kind === 'signature' ? 'signature verification failed' : error.message;
}

function badJwt(error: TokenError): AuthError {
	const prefix = 'invalid JWT: unable to parse or verify signature, ';
	const reason = {
		expired: 'token has invalid claims: token is expired',
		signature: 'token signature is invalid: signature is invalid',
		malformed: 'token is malformed: token contains an invalid number of segments',
		missing_claims: 'token has invalid claims: token is missing required claims'
	}[error.kind];
	return new AuthError(403, 'bad_jwt', prefix + reason);
}
