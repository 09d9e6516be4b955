import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import * as z from 'zod';
import type { Database } from '../api/database-context.ts';
import { AuthError } from './auth-error.ts';
import { isUuid, parseBody, rowOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { startSession } from './sessions.ts';
import type { Method, TokenResponse } from './sessions.ts';
import { userById } from './users.ts';

export type Challenge = { challenge: string; method: 's256' | 'plain' };

export type FlowRow = {
	id: string;
	user_id: string | null;
	auth_code: string;
	auth_code_issued_at: string | null;
	authentication_method: Method;
	code_challenge: string | null;
	code_challenge_method: 's256' | 'plain' | null;
	provider_type: string;
	provider_access_token: string | null;
	provider_refresh_token: string | null;
	referrer: string | null;
	linking_target_id: string | null;
	expired: boolean;
};

const lifetimeSeconds = 300;

const Exchange = z.object({
	auth_code: z.string().default(''),
	code_verifier: z.string().default('')
});

/** The challenge of a request, null for the implicit flow. */
export function challengeOf(fields: {
	code_challenge?: string | null | undefined;
	code_challenge_method?: string | null | undefined;
}): Challenge | null {
	const challenge = fields.code_challenge ?? '';
	const method = (fields.code_challenge_method ?? '').toLowerCase();
	if (challenge === '' && method === '') return null;
	if (challenge === '' || (method !== 's256' && method !== 'plain')) {
		throw new AuthError(
			400,
			'validation_failed',
			'PKCE flow requires code_challenge_method and code_challenge'
		);
	}
	if (!/^[A-Za-z0-9._~-]{43,128}$/.test(challenge)) {
		throw new AuthError(
			400,
			'validation_failed',
			'code challenge has to be between 43 and 128 characters, of letters, digits and -._~'
		);
	}
	return { challenge, method };
}

/** What must be remembered between the request for a sign-in and the return from mail or provider. */
export async function createFlow(
	db: Database,
	flow: {
		challenge: Challenge | null;
		method: Method;
		userId?: string;
		provider?: string;
		referrer?: string;
		linkingTarget?: string | null;
	}
): Promise<string> {
	const id = randomUUID();
	await sql`delete from auth.flow_state where created_at < now() - interval '1 day'`.execute(db);
	await sql`
		insert into auth.flow_state (id, user_id, auth_code, authentication_method, provider_type,
			code_challenge, code_challenge_method, referrer, linking_target_id)
		values (${id}, ${flow.userId ?? null}, ${randomUUID()}, ${flow.method},
			${flow.provider ?? 'email'}, ${flow.challenge?.challenge ?? null},
			${flow.challenge?.method ?? null}, ${flow.referrer ?? null},
			${flow.linkingTarget ?? null})`.execute(db);
	return id;
}

export function findFlow(db: Database, id: string): Promise<FlowRow | null> {
	return rowOf<FlowRow>(
		db,
		sql`
			select *, coalesce(auth_code_issued_at, created_at)
				< clock_timestamp() - make_interval(secs => ${lifetimeSeconds}) as expired
			from auth.flow_state where id = ${id}`
	);
}

/** A mail's link was opened: the code for the browser that asked for the mail. */
export async function issueCode(db: Database, userId: string, method: Method): Promise<string> {
	const flow = await rowOf<{ auth_code: string }>(
		db,
		sql`
			update auth.flow_state set auth_code_issued_at = clock_timestamp(), updated_at = now()
			where id = (
				select id from auth.flow_state
				where user_id = ${userId} and authentication_method = ${method}
					and provider_type = 'email' and auth_code_issued_at is null
				order by created_at desc limit 1
			)
			returning auth_code`
	);
	if (flow === null) throw flowNotFound();
	return flow.auth_code;
}

/** `grant_type=pkce`. */
export async function exchangeCode(context: AuthContext): Promise<TokenResponse> {
	const { db } = context;
	const { auth_code: code, code_verifier: verifier } = parseBody(context, Exchange);
	if (code === '' || verifier === '') {
		throw new AuthError(
			400,
			'validation_failed',
			'invalid request: both auth code and code verifier should be non-empty'
		);
	}
	const found = isUuid(code)
		? await rowOf<{ id: string }>(
				db,
				sql`
				select id from auth.flow_state
				where auth_code = ${code} and auth_code_issued_at is not null`
			)
		: null;
	const flow = found === null ? null : await findFlow(db, found.id);
	if (flow?.user_id == null) throw flowNotFound();
	if (flow.expired) {
		const message = 'invalid flow state, flow state has expired';
		throw new AuthError(422, 'flow_state_expired', message);
	}
	checkVerifier(flow, verifier);
	// Whoever deletes it may use it: a code is good once, also for two at the same time.
	const taken = await rowOf(
		db,
		sql`delete from auth.flow_state where id = ${flow.id} returning id`
	);
	if (taken === null) throw flowNotFound();
	const user = await userById(db, flow.user_id);
	return {
		...(await startSession(context, user, flow.authentication_method)),
		...(flow.provider_access_token !== null && { provider_token: flow.provider_access_token }),
		...(flow.provider_refresh_token !== null && {
			provider_refresh_token: flow.provider_refresh_token
		})
	};
}

function checkVerifier(flow: FlowRow, verifier: string): void {
	const proof =
		flow.code_challenge_method === 'plain'
			? verifier
			: createHash('sha256').update(verifier).digest('base64url');
	if (proof === flow.code_challenge) return;
	throw new AuthError(
		400,
		'bad_code_verifier',
		'code challenge does not match previously saved code verifier'
	);
}

function flowNotFound(): AuthError {
	return new AuthError(
		404,
		'flow_state_not_found',
		'invalid flow state, no valid flow state found'
	);
}
