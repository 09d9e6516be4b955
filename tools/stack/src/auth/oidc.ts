import { createHmac } from 'node:crypto';
import * as oidc from 'openid-client';
import type { AuthConfig, ProviderConfig } from './config.ts';
import { AuthError } from './auth-error.ts';

/** Who the provider says it is. */
export type Profile = {
	provider: string;
	subject: string;
	email: string | null;
	emailVerified: boolean;
	/** As it is kept with the identity. */
	data: Record<string, unknown>;
};

export type ProviderTokens = { accessToken: string; refreshToken: string | null };

const ownIssuers: Record<string, string | undefined> = { google: 'https://accounts.google.com' };

/** One OpenID provider of `[auth.external.*]`. */
export class OidcProvider {
	readonly name: string;
	readonly #config: ProviderConfig;
	readonly #issuer: URL;
	readonly #redirectUri: string;
	readonly #secret: string;
	#discovered: Promise<oidc.Configuration> | undefined;

	constructor(
		name: string,
		{
			config,
			issuer,
			...options
		}: {
			config: ProviderConfig;
			issuer: string;
			publicUrl: string;
			secret: string;
		}
	) {
		this.name = name;
		this.#config = config;
		this.#issuer = new URL(issuer);
		this.#secret = options.secret;
		const own = new URL('/auth/v1/callback', options.publicUrl).href;
		this.#redirectUri = config.redirect_uri === '' ? own : config.redirect_uri;
	}

	get clientIds(): string[] {
		return this.#config.client_id.split(',').map((id) => id.trim());
	}

	get skipNonceCheck(): boolean {
		return this.#config.skip_nonce_check;
	}

	async metadata(): Promise<oidc.ServerMetadata> {
		return (await this.#discover()).serverMetadata();
	}

	/** Where the browser goes; `extra` is what the caller adds, like `prompt`. */
	async authorizationUrl(
		state: string,
		scopes: string,
		extra: Record<string, string>
	): Promise<string> {
		const config = await this.#discover();
		const { nonce, verifier } = this.#bound(state);
		const url = oidc.buildAuthorizationUrl(config, {
			...extra,
			redirect_uri: this.#redirectUri,
			scope: [...new Set(['openid', 'email', 'profile', ...scopes.split(/[\s,]+/)])]
				.filter((scope) => scope !== '')
				.join(' '),
			...{ state, nonce, code_challenge_method: 'S256' },
			code_challenge: await oidc.calculatePKCECodeChallenge(verifier)
		});
		return url.href;
	}

	/** Redeems what the provider's redirect brought. */
	async redeem(
		query: URLSearchParams,
		state: string
	): Promise<{ profile: Profile; tokens: ProviderTokens }> {
		const config = await this.#discover();
		const { nonce, verifier } = this.#bound(state);
		const returned = new URL(this.#redirectUri);
		returned.search = query.toString();
		try {
			const tokens = await oidc.authorizationCodeGrant(config, returned, {
				...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier },
				idTokenExpected: true
			});
			const claims = tokens.claims() ?? {};
			return {
				profile: this.profileOf(claims),
				tokens: {
					accessToken: tokens.access_token,
					refreshToken: tokens.refresh_token ?? null
				}
			};
		} catch (cause) {
			console.error(`${this.name} did not accept the code:`, cause);
			const message = 'Unable to exchange external code';
			throw new AuthError(500, 'unexpected_failure', message);
		}
	}

	profileOf(claims: Record<string, unknown>): Profile {
		const text = (name: string) => {
			const value = claims[name];
			return typeof value === 'string' && value !== '' ? value : null;
		};
		const email = text('email')?.toLowerCase() ?? null;
		const verified = claims.email_verified === true || claims.email_verified === 'true';
		const subject = text('sub') ?? '';
		const [name, picture] = [text('name'), text('picture')];
		return {
			...{ provider: this.name, subject, email, emailVerified: email !== null && verified },
			data: {
				...{ iss: text('iss'), sub: subject, provider_id: subject },
				...(email !== null && { email }),
				...{ email_verified: verified, phone_verified: false },
				...(name !== null && { name, full_name: name }),
				...(picture !== null && { picture, avatar_url: picture })
			}
		};
	}

	/** Discovery is asked once; a failure is forgotten. */
	async #discover(): Promise<oidc.Configuration> {
		const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(this.#issuer.hostname);
		this.#discovered ??= oidc.discovery(
			this.#issuer,
			this.clientIds[0] ?? '',
			undefined,
			oidc.ClientSecretPost(this.#config.secret),
			{
				timeout: 10,
				// A provider on this machine, as in tests, has no certificate.
				// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so only to stand out
				...(loopback && { execute: [oidc.allowInsecureRequests] })
			}
		);
		try {
			return await this.#discovered;
		} catch (cause) {
			this.#discovered = undefined;
			console.error(`Discovery of ${this.#issuer.href} failed:`, cause);
			throw new AuthError(500, 'unexpected_failure', `Provider ${this.name} cannot be reached`);
		}
	}

	/** Nothing to store: both follow from the state, for those who know our secret. */
	#bound(state: string): { nonce: string; verifier: string } {
		const derive = (purpose: string) =>
			createHmac('sha256', this.#secret).update(`${purpose} ${state}`).digest('base64url');
		return { nonce: derive('nonce'), verifier: derive('verifier') };
	}
}

export function createProviders(options: {
	config: AuthConfig;
	publicUrl: string;
	secret: string;
}): Map<string, OidcProvider> {
	const { config, publicUrl, secret } = options;
	const providers = new Map<string, OidcProvider>();
	for (const [name, settings] of Object.entries(config.external)) {
		const issuer = settings.url === '' ? ownIssuers[name] : settings.url;
		if (!settings.enabled || issuer === undefined) continue;
		providers.set(name, new OidcProvider(name, { config: settings, issuer, publicUrl, secret }));
	}
	return providers;
}
