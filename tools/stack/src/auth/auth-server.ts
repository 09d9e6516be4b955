import { isIP } from 'node:net';
import pg from 'pg';
import type { Authorization } from '../api/authorization.ts';
import type { Database } from '../api/database-context.ts';
import { isConnectionLoss } from '../api/rest-errors.ts';
import type { Keys } from '../keys.ts';
import { createAuthMailer } from '../mail/auth-mailer.ts';
import type { OnMail } from '../mail/mail.ts';
import { createSigner, publicJwks } from '../tokens.ts';
import { AuthError, isAuthError } from './auth-error.ts';
import type { AuthConfig } from './config.ts';
import type { AuthContext, AuthServices } from './context.ts';
import { createProviders } from './oidc.ts';
import { RateLimiter } from './rate-limiter.ts';
import { answerRoute } from './routes.ts';

const savesUser = /^\/(signup|otp|magiclink|invite|callback|admin\/(users|generate_link))$/;

export type AuthServerOptions = {
	db: Database;
	keys: Keys;
	config: AuthConfig;
	siteUrl: string;
	publicUrl: string;
	onMail: OnMail;
};

/** `/auth/v1`, on the tables of Auth. */
export type AuthServer = {
	fetch(request: Request, caller: Authorization, peerAddress: string | null): Promise<Response>;
};

export function createAuthServer(options: AuthServerOptions): AuthServer {
	const { db, keys, config, publicUrl } = options;
	const siteUrl = config.site_url ?? options.siteUrl;
	const secret = keys.jwtSecret;
	const services: AuthServices = {
		...{ db, config, siteUrl, publicUrl, secret },
		issuer: `${publicUrl.replace(/\/$/, '')}/auth/v1`,
		signer: createSigner(keys),
		mailer: createAuthMailer({ siteUrl, templates: config.email.template, onMail: options.onMail }),
		limiter: new RateLimiter(),
		providers: createProviders({ config, publicUrl, secret })
	};
	const jwks = publicJwks(keys);
	return {
		async fetch(request, caller, peerAddress) {
			const context = await openContext(services, request, caller, peerAddress);
			if (context.path === '/.well-known/jwks.json') {
				return Response.json(jwks, { headers: { 'cache-control': 'public, max-age=600' } });
			}
			try {
				return await answerRoute(context);
			} catch (error) {
				return asAuthError(error, context.path).toResponse(request);
			}
		}
	};
}

async function openContext(
	services: AuthServices,
	request: Request,
	caller: Authorization,
	peerAddress: string | null
): Promise<AuthContext> {
	const url = new URL(request.url);
	const forwarded = request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? null;
	const ip = [forwarded, peerAddress].find((address) => address !== null && isIP(address) !== 0);
	return {
		...{ ...services, request, url, caller, body: await readJson(request), ip: ip ?? null },
		path: url.pathname.slice('/auth/v1'.length).replace(/\/$/, '')
	};
}

/** Undefined for what is no JSON: whoever needs the body refuses that. */
async function readJson(request: Request): Promise<unknown> {
	if (request.body === null) return undefined;
	try {
		return JSON.parse(await request.text());
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

/** What is not an answer of Auth goes on to the one place that logs. */
function asAuthError(error: unknown, path: string): AuthError {
	if (isAuthError(error)) return error;
	if (error instanceof pg.DatabaseError && !isConnectionLoss(error)) {
		// Class 22: a value that no row could hold, like a text with a NUL in it.
		if (error.code?.startsWith('22') === true) {
			return new AuthError(400, 'validation_failed', error.message);
		}
		// Two requests at the same time wanted the same address.
		if (error.code === '23505' && error.constraint === 'users_email_partial_key') {
			return new AuthError(422, 'user_already_exists', 'User already registered');
		}
		// Most likely a trigger of the project on auth.users.
		console.error(`${path} failed in the database:`, error);
		const saving = savesUser.test(path) ? ' saving new user' : '';
		return new AuthError(500, 'unexpected_failure', `Database error${saving}`);
	}
	throw error;
}
