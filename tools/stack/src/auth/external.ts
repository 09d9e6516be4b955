import { sql } from 'kysely';

import { AuthError, isAuthError } from './auth-error.ts';
import { isUuid, rowOf } from './context.ts';
import type { AuthContext } from './context.ts';
import { challengeOf, createFlow, findFlow } from './flow-state.ts';
import type { FlowRow } from './flow-state.ts';
import { accountFor } from './external-account.ts';
import { linkIdentity } from './identities.ts';
import type { OidcProvider, ProviderTokens } from './oidc.ts';
import { errorTarget, redirect, redirectTarget, withFragment, withQuery } from './redirects.ts';
import { refuseBanned, startSession } from './sessions.ts';
import type { SignedIn } from './signed-in.ts';
import type { UserRow } from './users.ts';

/** What is ours in the query; the rest goes on to the provider. */
const ownParameters = [
	...['provider', 'scopes', 'redirect_to', 'code_challenge', 'code_challenge_method'],
	...[
		'skip_http_redirect',
		'apikey',
		'state',
		'nonce',
		'redirect_uri',
		'client_id',
		'response_type'
	]
];

/** `GET /authorize`. */
export async function authorize(context: AuthContext): Promise<Response> {
	return answerWithUrl(context, await providerUrl(context, null));
}

/** `GET /user/identities/authorize`: like signing in, but for somebody who is signed in already. */
export async function authorizeLink(context: AuthContext, me: SignedIn): Promise<Response> {
	requireManualLinking(context);
	return answerWithUrl(context, await providerUrl(context, me.user.id));
}

export function requireManualLinking({ config }: AuthContext): void {
	if (config.enable_manual_linking) return;
	throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled');
}

export function providerNamed({ providers }: AuthContext, name: string): OidcProvider {
	const provider = providers.get(name);
	if (provider !== undefined) return provider;
	const message = 'Unsupported provider: provider is not enabled';
	throw new AuthError(400, 'validation_failed', message);
}

/** `GET /callback`: the way back from the provider. Always ends on a page of the site. */
export async function returnFromProvider(context: AuthContext): Promise<Response> {
	let target = context.siteUrl;
	try {
		const flow = await takeFlow(context);
		target = flow.referrer ?? context.siteUrl;
		const refusal = context.url.searchParams.get('error');
		if (refusal !== null) return redirect(refusedTarget(target, refusal, context.url), 302);
		return redirect(await signIn(context, flow, target), 302);
	} catch (error) {
		if (!isAuthError(error)) throw error;
		return redirect(errorTarget(target, error, true), 302);
	}
}

async function providerUrl(context: AuthContext, linkingTarget: string | null): Promise<string> {
	const query = context.url.searchParams;
	const provider = providerNamed(context, query.get('provider') ?? '');
	const challenge = challengeOf({
		code_challenge: query.get('code_challenge'),
		code_challenge_method: query.get('code_challenge_method')
	});
	const state = await createFlow(context.db, {
		...{ challenge, method: 'oauth', provider: provider.name, linkingTarget },
		referrer: redirectTarget(context)
	});
	const extra = Object.fromEntries([...query].filter(([name]) => !ownParameters.includes(name)));
	return provider.authorizationUrl(state, query.get('scopes') ?? '', extra);
}

function answerWithUrl({ url }: AuthContext, location: string): Response {
	return url.searchParams.get('skip_http_redirect') === 'true'
		? Response.json({ url: location })
		: redirect(location, 302);
}

/** The state is good for one return within minutes. */
async function takeFlow({ db, url }: AuthContext): Promise<FlowRow> {
	const state = url.searchParams.get('state');
	if (state === null) {
		throw new AuthError(400, 'bad_oauth_callback', 'OAuth state parameter missing');
	}
	const flow = isUuid(state) ? await findFlow(db, state) : null;
	if (flow === null || flow.provider_type === 'email') {
		throw new AuthError(400, 'bad_oauth_state', 'OAuth state not found or expired');
	}
	if (flow.expired) throw new AuthError(400, 'bad_oauth_state', 'OAuth state has expired');
	const taken = await rowOf(
		db,
		sql`
			update auth.flow_state set auth_code_issued_at = clock_timestamp(), updated_at = now()
			where id = ${flow.id} and auth_code_issued_at is null returning id`
	);
	if (taken === null) throw new AuthError(400, 'bad_oauth_state', 'OAuth state was used already');
	return flow;
}

async function signIn(context: AuthContext, flow: FlowRow, target: string): Promise<string> {
	const provider = providerNamed(context, flow.provider_type);
	if (!context.url.searchParams.has('code')) {
		throw new AuthError(
			400,
			'bad_oauth_callback',
			'OAuth callback with missing authorization code'
		);
	}
	const { profile, tokens } = await provider.redeem(context.url.searchParams, flow.id);
	const user =
		flow.linking_target_id === null
			? await accountFor(context, profile)
			: await linkIdentity(context, flow.linking_target_id, profile);
	refuseBanned(user);
	return flow.code_challenge === null
		? implicitTarget(context, { flow, target, user, tokens })
		: codeTarget(context, { flow, target, user, tokens });
}

type Arrival = { flow: FlowRow; target: string; user: UserRow; tokens: ProviderTokens };

async function codeTarget(
	{ db }: AuthContext,
	{ flow, target, user, tokens }: Arrival
): Promise<string> {
	await sql`
		update auth.flow_state set user_id = ${user.id}, auth_code_issued_at = clock_timestamp(),
			provider_access_token = ${tokens.accessToken},
			provider_refresh_token = ${tokens.refreshToken}, updated_at = now()
		where id = ${flow.id}`.execute(db);
	return withQuery(target, { code: flow.auth_code });
}

async function implicitTarget(
	context: AuthContext,
	{ flow, target, user, tokens }: Arrival
): Promise<string> {
	await sql`delete from auth.flow_state where id = ${flow.id}`.execute(context.db);
	const session = await startSession(context, user, 'oauth');
	return withFragment(target, {
		access_token: session.access_token,
		expires_at: String(session.expires_at),
		expires_in: String(session.expires_in),
		provider_token: tokens.accessToken,
		...(tokens.refreshToken !== null && { provider_refresh_token: tokens.refreshToken }),
		refresh_token: session.refresh_token,
		token_type: session.token_type
	});
}

function refusedTarget(target: string, error: string, url: URL): string {
	const reason = {
		error,
		error_code: 'bad_oauth_callback',
		error_description: url.searchParams.get('error_description') ?? error
	};
	return withFragment(withQuery(target, reason), reason);
}
