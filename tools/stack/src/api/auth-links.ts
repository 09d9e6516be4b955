import { sql } from 'kysely';
import { AuthError, isAuthError } from './auth-error.ts';
import type { AuthService } from './auth-service.ts';
import type { Database } from './database-context.ts';
import { requestScope } from './request-scope.ts';

const pkcePrefix = 'pkce_';

/**
 * With PKCE a mailed link is worth something only in the browser that asked for it: it yields a code
 * that needs the browser's verifier. Lite knows PKCE for OAuth only; links borrow its table, with
 * the link's token in `invite_token`.
 */
export async function bindToken(db: Database, tokenHash: string, method: string): Promise<string> {
	const pkce = requestScope.getStore()?.pkce;
	if (pkce === undefined) return tokenHash;
	await sql`
		insert into auth.flow_state (id, auth_code, authentication_method, provider_type,
			code_challenge, code_challenge_method, invite_token)
		values (gen_random_uuid(), gen_random_uuid(), ${method}, 'email',
			${pkce.challenge}, ${pkce.method}, ${tokenHash})`.execute(db);
	return pkcePrefix + tokenHash;
}

/** `GET /verify`: what a link in a mail opens. Always ends on a page of the site. */
export async function followLink(
	db: Database,
	service: AuthService,
	query: URLSearchParams
): Promise<Response> {
	const target = service.resolveEmailRedirect(query.get('redirect_to'));
	try {
		const token = query.get('token') ?? query.get('token_hash') ?? '';
		const type = verifiableType(query.get('type'));
		return redirect(
			token.startsWith(pkcePrefix)
				? withQuery(target, { code: await issueCode(db, service, token, type) })
				: withFragment(target, await verifySession(service, token, type, query.get('type') ?? ''))
		);
	} catch (error) {
		if (!isAuthError(error)) throw error;
		const reason = {
			error: 'access_denied',
			error_code: error.code,
			error_description: error.message
		};
		// In both places: a server reads the query, a page without one the fragment.
		return redirect(withFragment(withQuery(target, reason), reason));
	}
}

/** Lite knows fewer types than a hosted project, for the same tokens. */
export function verifiableType(type: unknown): string {
	switch (type) {
		case 'email':
			return 'magiclink';
		case 'invite':
			return 'signup';
		case 'signup':
		case 'magiclink':
		case 'recovery':
		case 'email_change':
		case 'reauthentication':
			return type;
		default:
			throw new AuthError(400, 'validation_failed', 'Invalid email verification type');
	}
}

async function verifySession(service: AuthService, token: string, type: string, asked: string) {
	const session = await service.verifyOtp({ token_hash: token, type });
	return {
		access_token: session.access_token,
		refresh_token: session.refresh_token,
		expires_in: String(session.expires_in),
		expires_at: String(session.expires_at),
		token_type: session.token_type,
		type: asked
	};
}

async function issueCode(
	db: Database,
	service: AuthService,
	token: string,
	type: string
): Promise<string> {
	const tokenHash = token.slice(pkcePrefix.length);
	const session = await service.verifyOtp({ token_hash: tokenHash, type });
	// Verifying signs in; with PKCE that waits for the code.
	await service.repo.deleteSession(String((session as { session_id?: string }).session_id));
	const { rows } = await sql<{ auth_code: string }>`
		update auth.flow_state
		set user_id = ${session.user.id}, auth_code_issued_at = now(), created_at = now()
		where invite_token = ${tokenHash} and provider_type = 'email' and user_id is null
		returning auth_code`.execute(db);
	const [flow] = rows;
	if (flow === undefined) {
		throw new AuthError(
			404,
			'flow_state_not_found',
			'invalid flow state, no valid flow state found'
		);
	}
	return flow.auth_code;
}

function withQuery(target: string, parameters: Record<string, string>): string {
	const url = new URL(target);
	for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
	return url.href;
}

function withFragment(target: string, parameters: Record<string, string>): string {
	return `${target.split('#')[0] ?? ''}#${new URLSearchParams(parameters).toString()}`;
}

function redirect(location: string): Response {
	return new Response(null, { status: 303, headers: { location } });
}
