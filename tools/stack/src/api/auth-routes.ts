import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Keys } from '../keys.ts';
import { publicJwks } from '../tokens.ts';
import { answerAdmin } from './auth-admin.ts';
import { AuthError } from './auth-error.ts';
import { followLink, verifiableType } from './auth-links.ts';
import { composeMail, verifyLink } from './auth-mail.ts';
import type { OnMail } from './auth-mail.ts';
import { internalsOf } from './auth-service.ts';
import type { AuthService, AuthSession } from './auth-service.ts';
import { mintToken, parseBody } from './auth-users.ts';
import type { AdminContext } from './auth-users.ts';
import type { Authorization } from './authorization.ts';
import type { ApiConnection } from './connection.ts';
import { requestScope } from './request-scope.ts';

export type AuthRoutesOptions = {
	keys: Keys;
	publicUrl: string;
	anonymousSignIns: boolean;
	onMail: OnMail;
	connection: ApiConnection;
};

const SignUp = z.looseObject({
	email: z.string().optional(),
	phone: z.string().optional(),
	password: z.string().optional(),
	data: z.record(z.string(), z.unknown()).optional()
});

const Verification = z.object({
	type: z.string().optional(),
	email: z.string().optional(),
	token: z.string().optional(),
	token_hash: z.string().optional()
});

const Challenge = z.looseObject({
	code_challenge: z.string().nullish(),
	code_challenge_method: z.string().nullish()
});

const Resend = z.looseObject({ type: z.string().optional(), email: z.string().optional() });

/** Answers what lite lacks or answers differently; null leaves the request to lite. */
export async function answerAuth(
	request: Request,
	service: AuthService,
	authorization: Authorization,
	options: AuthRoutesOptions
): Promise<Response | null> {
	const url = new URL(request.url);
	const path = url.pathname.slice('/auth/v1'.length);
	const { connection, publicUrl, onMail } = options;
	const context = { service, db: connection.kysely, publicUrl, onMail };
	if (path.startsWith('/admin/') || path === '/invite') {
		if (authorization.claims?.role !== 'service_role') {
			throw new AuthError(403, 'not_admin', 'User not allowed');
		}
		return answerAdmin(request, path, context);
	}
	await rememberChallenge(request);
	switch (`${request.method} ${path}`) {
		case 'GET /.well-known/jwks.json':
			return Response.json(publicJwks(options.keys), {
				headers: { 'cache-control': 'public, max-age=600' }
			});
		case 'HEAD /verify':
			// Whoever only looks at the link must not use it up.
			return new Response(null);
		case 'GET /verify':
			return followLink(connection.kysely, service, url.searchParams);
		case 'POST /verify':
			return verify(request, service);
		case 'POST /signup':
			return signUpAnonymously(request, service, options);
		case 'POST /resend':
			return resendConfirmation(request, context);
		default:
			return null;
	}
}

/** Mails that this request causes bring links for the browser that knows the verifier. */
async function rememberChallenge(request: Request): Promise<void> {
	const scope = requestScope.getStore();
	const hasBody = request.method === 'POST' || request.method === 'PUT';
	if (scope === undefined || !hasBody) return;
	const parsed = Challenge.safeParse(await readJson(request));
	const challenge = parsed.data?.code_challenge;
	if (challenge === null || challenge === undefined || challenge === '') return;
	scope.pkce = { challenge, method: (parsed.data?.code_challenge_method ?? 's256').toLowerCase() };
}

async function verify(request: Request, service: AuthService): Promise<Response> {
	const { type, email, token, token_hash } = await parseBody(request.clone(), Verification);
	const session = await service.verifyOtp({
		type: verifiableType(type),
		...(email !== undefined && { email }),
		...(token !== undefined && { token }),
		...(token_hash !== undefined && { token_hash })
	});
	return Response.json(session);
}

async function signUpAnonymously(
	request: Request,
	service: AuthService,
	options: AuthRoutesOptions
): Promise<Response | null> {
	const parsed = SignUp.safeParse(await readJson(request));
	const body = parsed.data;
	const named = [body?.email, body?.phone, body?.password].some((field) => (field ?? '') !== '');
	if (body === undefined || named) return null;
	if (!options.anonymousSignIns) {
		throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled');
	}
	const row = await service.repo.createUser({
		id: randomUUID(),
		email: null,
		is_anonymous: true,
		raw_app_meta_data: {},
		raw_user_meta_data: body.data ?? {}
	});
	const session = await internalsOf(service).createSessionForUser(row, []);
	return Response.json(session satisfies AuthSession);
}

/** Lite refuses to send a confirmation twice. */
async function resendConfirmation(
	request: Request,
	context: AdminContext
): Promise<Response | null> {
	const { type, email } = await parseBody(request.clone(), Resend);
	if (type !== 'signup' || email === undefined) return null;
	const user = await context.service.repo.findUserByEmail(email);
	// Whether an address is known is nobody's business.
	if (user?.email != null && user.email_confirmed_at === null) {
		const { hash, code } = await mintToken(user.id, user.email, 'confirmation', context);
		const link = verifyLink(context.publicUrl, hash, 'signup');
		await context.onMail(composeMail('confirmation', user.email, link, code));
	}
	return Response.json({});
}

/** Lite reads the body again, and complains about a broken one itself. */
async function readJson(request: Request): Promise<unknown> {
	try {
		return await request.clone().json();
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}
