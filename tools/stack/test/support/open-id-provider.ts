import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export type Person = { sub: string; email: string; email_verified: boolean; name?: string };

export type OpenIdProvider = {
	issuer: string;
	/** Who is signed in there; null refuses. */
	person: Person | null;
	/** What each visit to the sign-in page asked for. */
	visits: URLSearchParams[];
	idToken: (claims: Record<string, unknown>) => Promise<string>;
	close: () => void;
};

export const client = { client_id: 'chatiq-client', secret: 'chatiq-secret' };

type Grant = { query: URLSearchParams; person: Person };

/** What Google is to Auth: discovery, keys, a page that redirects, and a token endpoint that checks. */
export async function startOpenIdProvider(): Promise<OpenIdProvider> {
	const { privateKey, publicKey } = await generateKeyPair('RS256');
	const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
	const grants = new Map<string, Grant>();
	const server = createServer((request, response) => {
		reply(request, response).catch((error: unknown) => {
			response.writeHead(500).end(String(error));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	const idToken = (claims: Record<string, unknown>) =>
		new SignJWT(claims)
			.setProtectedHeader({ alg: 'RS256', kid: 'one' })
			.setIssuer(issuer)
			.setAudience(client.client_id)
			.setIssuedAt()
			.setExpirationTime('5m')
			.sign(privateKey);

	async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '/', issuer);
		const routes: Record<string, (() => unknown) | undefined> = {
			'/.well-known/openid-configuration': discovery,
			'/jwks': () => ({ keys: [jwk] })
		};
		if (url.pathname === '/authorize') {
			response.writeHead(302, { location: consent(url.searchParams) }).end();
			return;
		}
		const body =
			url.pathname === '/token'
				? await redeem(new URLSearchParams(await text(request)))
				: routes[url.pathname]?.();
		const status = body === undefined ? 404 : body === null ? 400 : 200;
		response.writeHead(status, { 'content-type': 'application/json' });
		response.end(JSON.stringify(body ?? { error: 'invalid_grant' }));
	}

	function discovery() {
		return {
			issuer,
			authorization_endpoint: `${issuer}/authorize`,
			token_endpoint: `${issuer}/token`,
			jwks_uri: `${issuer}/jwks`,
			response_types_supported: ['code'],
			id_token_signing_alg_values_supported: ['RS256'],
			code_challenge_methods_supported: ['S256']
		};
	}

	function consent(query: URLSearchParams): string {
		provider.visits.push(query);
		const back = new URL(query.get('redirect_uri') ?? '');
		back.searchParams.set('state', query.get('state') ?? '');
		if (provider.person === null) {
			back.searchParams.set('error', 'access_denied');
			back.searchParams.set('error_description', 'The user said no');
		} else {
			const code = randomUUID();
			grants.set(code, { query, person: provider.person });
			back.searchParams.set('code', code);
		}
		return back.href;
	}

	async function redeem(form: URLSearchParams): Promise<object | null> {
		const grant = grants.get(form.get('code') ?? '');
		grants.delete(form.get('code') ?? '');
		const proof = createHash('sha256')
			.update(form.get('code_verifier') ?? '')
			.digest('base64url');
		if (grant === undefined) return null;
		const right =
			form.get('client_id') === client.client_id &&
			form.get('client_secret') === client.secret &&
			form.get('redirect_uri') === grant.query.get('redirect_uri') &&
			proof === grant.query.get('code_challenge');
		if (!right) return null;
		const id_token = await idToken({ ...grant.person, nonce: grant.query.get('nonce') });
		const tokens = { access_token: 'provider-access', refresh_token: 'provider-refresh' };
		return { ...tokens, id_token, token_type: 'Bearer', expires_in: 3600 };
	}

	const provider: OpenIdProvider = {
		...{ issuer, person: null, visits: [], idToken },
		close: () => {
			server.closeAllConnections();
			server.close();
		}
	};
	return provider;
}
