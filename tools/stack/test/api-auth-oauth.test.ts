import { createHash, randomUUID } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteUrl, startBackend } from './support/backend.ts';
import type { Backend } from './support/backend.ts';
import { client as registration, startOpenIdProvider } from './support/open-id-provider.ts';
import type { OpenIdProvider, Person } from './support/open-id-provider.ts';
import { password, signUp } from './support/product.ts';

let backend: Backend;
let google: OpenIdProvider;

beforeAll(async () => {
	google = await startOpenIdProvider();
	const external = { google: { enabled: true, ...registration, url: google.issuer } };
	backend = await startBackend({
		auth: {
			...{ external, enable_manual_linking: true, enable_anonymous_sign_ins: true },
			additional_redirect_urls: ['https://*.console.example/auth/**'],
			email: { enable_confirmations: true }
		}
	});
});

afterAll(async () => {
	google.close();
	await backend.stop();
});

function person(email: string, more: Partial<Person> = {}): Person {
	return { sub: randomUUID(), email, email_verified: true, name: 'Olena', ...more };
}

/** The browser's way through provider and Auth, up to a page of the site. */
async function travel(from: string | null | undefined): Promise<URL> {
	let location = from ?? '';
	for (let hops = 0; hops < 5; hops++) {
		const response = await fetch(location, { redirect: 'manual' });
		const next = response.headers.get('location');
		if (next === null) throw new Error(`${response.status} ${await response.text()}`);
		location = next;
		if (new URL(location).pathname !== '/auth/v1/callback' && !location.startsWith(google.issuer))
			return new URL(location);
	}
	throw new Error(`no end of redirects: ${location}`);
}

async function signIn(
	client: SupabaseClient,
	options: { redirectTo?: string; scopes?: string; queryParams?: Record<string, string> } = {}
): Promise<URL> {
	const { data, error } = await client.auth.signInWithOAuth({
		...{ provider: 'google' },
		options: { skipBrowserRedirect: true, ...options }
	});
	if (error !== null) throw error;
	return travel(data.url);
}

async function signInWithCode(who: Person): Promise<SupabaseClient> {
	google.person = who;
	const client = backend.client({ flow: 'pkce' });
	const page = await signIn(client);
	const { error } = await client.auth.exchangeCodeForSession(page.searchParams.get('code') ?? '');
	if (error !== null) throw error;
	return client;
}

function fragmentOf(page: URL): URLSearchParams {
	return new URLSearchParams(page.hash.slice(1));
}

async function confirmed(email: string): Promise<string> {
	const { admin } = backend.client({ key: backend.keys.secretKey }).auth;
	const { data, error } = await admin.createUser({ email, password, email_confirm: true });
	if (error !== null) throw error;
	return data.user.id;
}

describe('signing in with Google', () => {
	it('brings a code that the own browser exchanges, once', async () => {
		google.person = person('code@example.com');
		const client = backend.client({ flow: 'pkce' });
		const page = await signIn(client, {
			redirectTo: `${siteUrl}/auth/callback?next=/inbox`,
			scopes: 'https://www.googleapis.com/auth/calendar',
			queryParams: { access_type: 'offline', prompt: 'consent' }
		});
		expect(page.pathname).toBe('/auth/callback');
		expect(page.searchParams.get('next')).toBe('/inbox');
		const asked = google.visits.at(-1);
		expect(asked?.get('scope')).toBe(
			'openid email profile https://www.googleapis.com/auth/calendar'
		);
		expect([asked?.get('access_type'), asked?.get('prompt')]).toEqual(['offline', 'consent']);
		const code = page.searchParams.get('code') ?? '';
		const thief = backend.client({ flow: 'pkce' });
		await thief.auth.signInWithOAuth({ provider: 'google' });
		const stolen = await thief.auth.exchangeCodeForSession(code);
		expect(stolen.error?.code).toBe('bad_code_verifier');
		const { data, error } = await client.auth.exchangeCodeForSession(code);
		expect(error).toBeNull();
		expect(data.session).toMatchObject({
			provider_token: 'provider-access',
			provider_refresh_token: 'provider-refresh',
			user: {
				email: 'code@example.com',
				app_metadata: { provider: 'google', providers: ['google'] },
				user_metadata: { name: 'Olena', email_verified: true },
				identities: [{ provider: 'google', identity_data: { email: 'code@example.com' } }]
			}
		});
		const claims = (await client.auth.getClaims()).data?.claims;
		expect(claims?.amr).toMatchObject([{ method: 'oauth' }]);
	});

	it('brings the session itself without PKCE', async () => {
		google.person = person('implicit@example.com');
		const client = backend.client();
		const page = await signIn(client);
		expect(page.origin).toBe(siteUrl);
		const fragment = fragmentOf(page);
		expect(fragment.get('provider_token')).toBe('provider-access');
		const { data } = await client.auth.setSession({
			access_token: fragment.get('access_token') ?? '',
			refresh_token: fragment.get('refresh_token') ?? ''
		});
		expect(data.user?.email).toBe('implicit@example.com');
	});

	it('finds the same user again, also when the address changed there', async () => {
		const who = person('before@example.com');
		const first = await signInWithCode(who);
		const again = await signInWithCode({ ...who, email: 'after@example.com' });
		const [one, two] = [await first.auth.getUser(), await again.auth.getUser()];
		expect(two.data.user?.id).toBe(one.data.user?.id);
		expect(two.data.user?.email).toBe('before@example.com');
	});

	it('joins the user who has the proved address', async () => {
		const userId = await confirmed('known@example.com');
		const client = await signInWithCode(person('Known@example.com'));
		const { data } = await client.auth.getUser();
		expect(data.user).toMatchObject({
			id: userId,
			app_metadata: { provider: 'email', providers: ['email', 'google'] }
		});
		expect(data.user?.identities).toHaveLength(2);
		const byPassword = { email: 'known@example.com', password };
		expect((await backend.client().auth.signInWithPassword(byPassword)).error).toBeNull();
	});

	it('takes away the password of somebody who never proved the address', async () => {
		const { auth } = backend.client();
		await auth.signUp({ email: 'squatted@example.com', password });
		const client = await signInWithCode(person('squatted@example.com'));
		expect((await client.auth.getUser()).data.user?.app_metadata.providers).toEqual(['google']);
		const squatter = await auth.signInWithPassword({ email: 'squatted@example.com', password });
		expect(squatter.error?.code).toBe('invalid_credentials');
	});

	it('joins nobody by an address that the provider did not prove', async () => {
		await confirmed('victim@example.com');
		google.person = person('victim@example.com', { email_verified: false });
		const page = await signIn(backend.client({ flow: 'pkce' }));
		expect(page.searchParams.get('error_code')).toBe('provider_email_needs_verification');
		expect(page.searchParams.get('code')).toBeNull();
	});

	it('mails a confirmation to a new address that the provider did not prove', async () => {
		google.person = person('unproved@example.com', { email_verified: false });
		const page = await signIn(backend.client({ flow: 'pkce' }));
		expect(page.searchParams.get('error_code')).toBe('provider_email_needs_verification');
		expect(backend.mails.at(-1)).toMatchObject({
			kind: 'confirmation',
			to: 'unproved@example.com'
		});
	});
});

describe('the way back from Google', () => {
	it('tells the site that the user refused', async () => {
		google.person = null;
		const page = await signIn(backend.client({ flow: 'pkce' }), {
			redirectTo: `${siteUrl}/login`
		});
		expect(page.pathname).toBe('/login');
		for (const parameters of [page.searchParams, fragmentOf(page)]) {
			expect(parameters.get('error')).toBe('access_denied');
			expect(parameters.get('error_description')).toBe('The user said no');
		}
	});

	it('is good once, soon, and with a state of ours only', async () => {
		google.person = person('state@example.com');
		const client = backend.client({ flow: 'pkce' });
		await signIn(client);
		const state = google.visits.at(-1)?.get('state') ?? '';
		const back = (query: string) => travel(`${backend.url}/auth/v1/callback?${query}`);
		for (const query of [
			`state=${state}&code=x`,
			`state=${randomUUID()}&code=x`,
			'state=x&code=x'
		]) {
			const page = await back(query);
			expect(page.origin + page.pathname).toBe(`${siteUrl}/`);
			expect(page.searchParams.get('error_code')).toBe('bad_oauth_state');
		}
		expect((await back('code=x')).searchParams.get('error_code')).toBe('bad_oauth_callback');
		await signIn(client);
		const { auth_code: late } = await backend.sql<{ auth_code: string }[]>`
			update auth.flow_state set auth_code_issued_at = now() - interval '10 minutes'
			where id = ${google.visits.at(-1)?.get('state') ?? ''} returning auth_code`.then(
			([row]) => row ?? { auth_code: '' }
		);
		const { error } = await client.auth.exchangeCodeForSession(late);
		expect([error?.status, error?.code]).toEqual([422, 'flow_state_expired']);
	});

	it.each([
		['https://eu.console.example/auth/callback', 'https://eu.console.example'],
		['https://eu.console.example/elsewhere', siteUrl],
		['https://console.example.evil.example/auth/callback', siteUrl],
		['javascript:alert(1)', siteUrl]
	])('with %s leads to %s', async (redirectTo, origin) => {
		google.person = person('place@example.com', { sub: 'place' });
		const page = await signIn(backend.client({ flow: 'pkce' }), { redirectTo });
		expect(page.origin).toBe(origin);
	});

	it('is closed for providers that the project does not enable', async () => {
		const answer = await fetch(`${backend.url}/auth/v1/authorize?provider=github`);
		expect(answer.status).toBe(400);
		expect(await answer.json()).toMatchObject({
			error_code: 'validation_failed',
			msg: 'Unsupported provider: provider is not enabled'
		});
	});
});

describe('an identity', () => {
	it('is linked and unlinked by its owner', async () => {
		const email = 'linker@example.com';
		await confirmed(email);
		const client = backend.client({ flow: 'pkce' });
		await client.auth.signInWithPassword({ email, password });
		google.person = person('private@example.com');
		const { data, error } = await client.auth.linkIdentity({ provider: 'google' });
		expect(error).toBeNull();
		const page = await travel(data.url);
		await client.auth.exchangeCodeForSession(page.searchParams.get('code') ?? '');
		const { data: linked } = await client.auth.getUserIdentities();
		expect(linked?.identities.map(({ provider }) => provider)).toEqual(['email', 'google']);
		expect((await client.auth.getUser()).data.user?.email).toBe(email);
		const [, second] = linked?.identities ?? [];
		if (second === undefined) throw new Error('it was not linked');
		expect((await client.auth.unlinkIdentity(second)).error).toBeNull();
		const last = (await client.auth.getUserIdentities()).data?.identities[0];
		if (last === undefined) throw new Error('nothing is left');
		const refused = await client.auth.unlinkIdentity(last);
		expect(refused.error?.code).toBe('single_identity_not_deletable');
	});

	it('of somebody else is not linked', async () => {
		const who = person('taken@example.com');
		await signInWithCode(who);
		const client = backend.client({ flow: 'pkce' });
		await confirmed('second@example.com');
		await client.auth.signInWithPassword({ email: 'second@example.com', password });
		google.person = who;
		const page = await travel((await client.auth.linkIdentity({ provider: 'google' })).data.url);
		expect(page.searchParams.get('error_code')).toBe('identity_already_exists');
	});

	it('makes an anonymous user a lasting one', async () => {
		const client = backend.client({ flow: 'pkce' });
		const { data: guest } = await client.auth.signInAnonymously();
		google.person = person('was-guest@example.com');
		const page = await travel((await client.auth.linkIdentity({ provider: 'google' })).data.url);
		const { data } = await client.auth.exchangeCodeForSession(page.searchParams.get('code') ?? '');
		expect(data.user).toMatchObject({
			...{ id: guest.user?.id, email: 'was-guest@example.com', is_anonymous: false }
		});
	});

	it('is not linked by hand unless the project allows it', async () => {
		const door = await backend.withAuth({});
		const [client] = await signUp(door, 'no-linking@example.com');
		const { error } = await client.auth.linkIdentity({ provider: 'google' });
		expect([error?.status, error?.code]).toEqual([404, 'manual_linking_disabled']);
	});
});

describe('an ID token', () => {
	it('signs in when the nonce fits', async () => {
		const nonce = 'a nonce of the app';
		const hashed = createHash('sha256').update(nonce).digest('hex');
		const token = await google.idToken({ ...person('app@example.com'), nonce: hashed });
		const { data, error } = await backend
			.client()
			.auth.signInWithIdToken({ provider: 'google', token, nonce });
		expect(error).toBeNull();
		expect(data.user?.email).toBe('app@example.com');
		for (const wrong of ['other', undefined]) {
			const refused = await backend.client().auth.signInWithIdToken({
				...{ provider: 'google', token },
				...(wrong !== undefined && { nonce: wrong })
			});
			expect(refused.error?.status).toBe(400);
		}
	});
});
