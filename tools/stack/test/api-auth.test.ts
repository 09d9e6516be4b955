import { isAuthSessionMissingError } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../src/tokens.ts';
import { readSchema, siteUrl, startBackend } from './support/backend.ts';
import type { Backend } from './support/backend.ts';

let backend: Backend;
const password = 'passw0rd!';

beforeAll(async () => {
	backend = await startBackend({
		schema: await readSchema(),
		auth: { anonymousSignIns: true, additionalRedirectUrls: ['https://console.example/**'] }
	});
});

afterAll(() => backend.stop());

function admin() {
	return backend.client({ key: backend.keys.secretKey }).auth.admin;
}

async function signUp(email: string, metadata: object = {}) {
	const client = backend.client();
	const { data, error } = await client.auth.signUp({
		email,
		password,
		options: { data: metadata }
	});
	expect(error).toBeNull();
	if (data.session === null) throw new Error('no session');
	return { client, session: data.session };
}

function lastMail(to: string) {
	const mail = backend.mails.findLast((candidate) => candidate.to === to);
	if (mail === undefined) throw new Error(`no mail to ${to}`);
	return mail;
}

/** Opens a link as a browser does, up to the page that it leads to. */
async function open(link: string | null): Promise<URL> {
	if (link === null) throw new Error('the mail has no link');
	const response = await fetch(link, { redirect: 'manual' });
	expect(response.status).toBe(303);
	return new URL(response.headers.get('location') ?? '');
}

describe('a session', () => {
	it('carries the claims of a hosted project', async () => {
		const { session } = await signUp('claims@example.com', { name: 'Clara' });
		const claims = await createVerifier(backend.keys).verify(session.access_token);
		expect(claims).toMatchObject({
			iss: `${backend.url}/auth/v1`,
			aud: 'authenticated',
			sub: session.user.id,
			email: 'claims@example.com',
			role: 'authenticated',
			app_metadata: { provider: 'email', providers: ['email'] },
			user_metadata: { name: 'Clara' },
			is_anonymous: false,
			aal: 'aal1',
			amr: [{ method: 'password' }]
		});
	});

	it('is verified without asking Auth', async () => {
		const { client } = await signUp('jwks@example.com');
		const { data, error } = await client.auth.getClaims();
		expect(error).toBeNull();
		expect(data?.header.alg).toBe('ES256');
		expect(data?.claims.email).toBe('jwks@example.com');
	});

	it('stores metadata that triggers can read', async () => {
		const { session } = await signUp('trigger@example.com', { name: 'Тарас' });
		const rows = await backend.sql`
			select name from public.profiles where user_id = ${session.user.id}`;
		expect(rows).toMatchObject([{ name: 'Тарас' }]);
	});

	it('is renewed, and keeps its claims', async () => {
		const { client, session } = await signUp('refresh@example.com');
		const { data, error } = await client.auth.refreshSession();
		expect(error).toBeNull();
		expect(data.session?.refresh_token).not.toBe(session.refresh_token);
		const claims = await createVerifier(backend.keys).verify(data.session?.access_token ?? '');
		expect(claims).toMatchObject({ session_id: expect.any(String) as string, aal: 'aal1' });
	});

	it('ends at sign-out, for Auth at once', async () => {
		const { client, session } = await signUp('out@example.com');
		expect((await client.auth.signOut()).error).toBeNull();
		const { error } = await backend.client().auth.getUser(session.access_token);
		expect(isAuthSessionMissingError(error)).toBe(true);
	});

	it('of a deleted user is refused', async () => {
		const { session } = await signUp('deleted@example.com');
		expect((await admin().deleteUser(session.user.id)).error).toBeNull();
		const { error } = await backend.client().auth.getUser(session.access_token);
		expect([error?.status, error?.code]).toEqual([403, 'user_not_found']);
	});

	it('is refused when expired or forged', async () => {
		const { session } = await signUp('bad@example.com');
		const expired = await backend.mint(
			{ role: 'authenticated', sub: session.user.id },
			Math.floor(Date.now() / 1000) - 5
		);
		for (const token of [expired, `${session.access_token}x`, 'nonsense']) {
			const { error } = await backend.client().auth.getUser(token);
			expect([error?.status, error?.code]).toEqual([403, 'bad_jwt']);
		}
	});
});

describe('a password', () => {
	it('signs in, in any case of the address', async () => {
		await signUp('case@example.com');
		const { data } = await backend
			.client()
			.auth.signInWithPassword({ email: 'Case@Example.com', password });
		expect(data.user?.email).toBe('case@example.com');
	});

	it('is refused when wrong', async () => {
		await signUp('wrong@example.com');
		const { error } = await backend
			.client()
			.auth.signInWithPassword({ email: 'wrong@example.com', password: 'x' });
		expect([error?.status, error?.code]).toEqual([400, 'invalid_credentials']);
	});

	it('is chosen anew through a mail', async () => {
		await signUp('forgot@example.com');
		const client = backend.client();
		await client.auth.resetPasswordForEmail('forgot@example.com', {
			redirectTo: `${siteUrl}/new-password`
		});
		const page = await open(lastMail('forgot@example.com').link);
		expect(page.href).toContain(`${siteUrl}/new-password#`);
		const fragment = new URLSearchParams(page.hash.slice(1));
		expect(fragment.get('type')).toBe('recovery');
		await client.auth.setSession({
			access_token: fragment.get('access_token') ?? '',
			refresh_token: fragment.get('refresh_token') ?? ''
		});
		expect((await client.auth.updateUser({ password: 'another-1' })).error).toBeNull();
		const again = await backend
			.client()
			.auth.signInWithPassword({ email: 'forgot@example.com', password: 'another-1' });
		expect(again.error).toBeNull();
	});
});

describe('a link in a mail', () => {
	it('signs in by its code', async () => {
		await signUp('code@example.com');
		const client = backend.client();
		await client.auth.signInWithOtp({ email: 'code@example.com' });
		const { code } = lastMail('code@example.com');
		const { data, error } = await client.auth.verifyOtp({
			email: 'code@example.com',
			token: code ?? '',
			type: 'email'
		});
		expect(error).toBeNull();
		expect(data.session?.user.email).toBe('code@example.com');
	});

	it('works in the browser that asked for it only, with PKCE', async () => {
		await signUp('pkce@example.com');
		const client = backend.client({ flow: 'pkce' });
		await client.auth.signInWithOtp({
			email: 'pkce@example.com',
			options: { emailRedirectTo: `${siteUrl}/auth/callback?next=/inbox` }
		});
		const page = await open(lastMail('pkce@example.com').link);
		expect(page.pathname + page.hash).toBe('/auth/callback');
		expect(page.searchParams.get('next')).toBe('/inbox');
		const code = page.searchParams.get('code') ?? '';
		const thief = backend.client({ flow: 'pkce' });
		await thief.auth.signInWithOtp({ email: 'code@example.com' });
		expect((await thief.auth.exchangeCodeForSession(code)).error).not.toBeNull();
		const { data, error } = await client.auth.exchangeCodeForSession(code);
		expect(error).toBeNull();
		expect(data.session?.user.email).toBe('pkce@example.com');
	});

	it('works once', async () => {
		await signUp('once@example.com');
		await backend.client().auth.signInWithOtp({ email: 'once@example.com' });
		const { link } = lastMail('once@example.com');
		await open(link);
		const page = await open(link);
		expect(page.searchParams.get('error_code')).toBe('otp_expired');
	});

	it('leads to listed places only', async () => {
		await signUp('redirect@example.com');
		const { auth } = backend.client();
		const follow = async (emailRedirectTo: string) => {
			await auth.signInWithOtp({ email: 'redirect@example.com', options: { emailRedirectTo } });
			return (await open(lastMail('redirect@example.com').link)).origin;
		};
		expect(await follow('https://console.example/auth')).toBe('https://console.example');
		expect(await follow('https://evil.example/auth')).toBe(siteUrl);
	});
});

describe('a user', () => {
	it('is read and changed by themselves', async () => {
		const { client } = await signUp('self@example.com', { name: 'S' });
		const changed = await client.auth.updateUser({ data: { language: 'uk' } });
		expect(changed.error).toBeNull();
		const { data } = await client.auth.getUser();
		expect(data.user?.user_metadata).toMatchObject({ name: 'S', language: 'uk' });
	});

	it('cannot be registered twice', async () => {
		await signUp('twice@example.com');
		const { error } = await backend.client().auth.signUp({ email: 'twice@example.com', password });
		expect(error?.code).toBe('user_already_exists');
	});

	it('may be anonymous', async () => {
		const client = backend.client();
		const { data } = await client.auth.signInAnonymously({ options: { data: { theme: 'dark' } } });
		expect(data.user).toMatchObject({ is_anonymous: true, user_metadata: { theme: 'dark' } });
		const claims = await createVerifier(backend.keys).verify(data.session?.access_token ?? '');
		expect(claims.is_anonymous).toBe(true);
		expect((await client.auth.getUser()).data.user?.is_anonymous).toBe(true);
	});
});

describe('the admin interface', () => {
	it('is closed without the secret key', async () => {
		const { client } = await signUp('curious@example.com');
		for (const { auth } of [client, backend.client()]) {
			const { error } = await auth.admin.listUsers();
			expect([error?.status, error?.code]).toEqual([403, 'not_admin']);
		}
	});

	it('creates, finds, changes and deletes', async () => {
		const created = await admin().createUser({
			email: 'Made@example.com',
			password,
			email_confirm: true,
			app_metadata: { plan: 'pro' },
			user_metadata: { name: 'Made' }
		});
		const id = created.data.user?.id ?? '';
		expect(created.data.user).toMatchObject({
			email: 'made@example.com',
			app_metadata: { provider: 'email', plan: 'pro' },
			identities: [{ provider: 'email' }]
		});
		const session = await backend
			.client()
			.auth.signInWithPassword({ email: 'made@example.com', password });
		expect(session.error).toBeNull();
		const changed = await admin().updateUserById(id, {
			email: 'changed@example.com',
			app_metadata: { plan: null, seats: 3 }
		});
		expect(changed.data.user).toMatchObject({ email: 'changed@example.com' });
		expect(changed.data.user?.app_metadata).toEqual({
			provider: 'email',
			providers: ['email'],
			seats: 3
		});
		expect((await admin().getUserById(id)).data.user?.email).toBe('changed@example.com');
		expect((await admin().deleteUser(id)).error).toBeNull();
		expect((await admin().getUserById(id)).error?.code).toBe('user_not_found');
	});

	it('lists page by page', async () => {
		const { data } = await admin().listUsers({ page: 1, perPage: 2 });
		expect(data.users).toHaveLength(2);
		expect(data).toMatchObject({ nextPage: 2, total: expect.any(Number) as number });
	});

	it('bans and forgives', async () => {
		const { client, session } = await signUp('banned@example.com');
		await admin().updateUserById(session.user.id, { ban_duration: '1h' });
		const refused = await backend
			.client()
			.auth.signInWithPassword({ email: 'banned@example.com', password });
		expect(refused.error?.code).toBe('user_banned');
		expect((await client.auth.refreshSession()).error).not.toBeNull();
		await admin().updateUserById(session.user.id, { ban_duration: 'none' });
		const welcome = await backend
			.client()
			.auth.signInWithPassword({ email: 'banned@example.com', password });
		expect(welcome.error).toBeNull();
	});

	it('invites by mail', async () => {
		const { data, error } = await admin().inviteUserByEmail('invited@example.com', {
			data: { organisation: 'Acme' },
			redirectTo: `${siteUrl}/welcome`
		});
		expect(error).toBeNull();
		expect(data.user).toMatchObject({ user_metadata: { organisation: 'Acme' } });
		expect(data.user?.invited_at).toBeTruthy();
		const mail = lastMail('invited@example.com');
		expect(mail.kind).toBe('invite');
		const page = await open(mail.link);
		expect(page.pathname).toBe('/welcome');
		expect(new URLSearchParams(page.hash.slice(1)).get('type')).toBe('invite');
		const found = await admin().getUserById(data.user?.id ?? '');
		expect(found.data.user?.email_confirmed_at).toBeTruthy();
		const again = await admin().inviteUserByEmail('invited@example.com');
		expect(again.error?.code).toBe('email_exists');
	});

	it.each(['magiclink', 'recovery', 'invite', 'signup'] as const)(
		'makes links of type %s that verify',
		async (type) => {
			const email = `link-${type}@example.com`;
			if (type === 'recovery') await signUp(email);
			const { data, error } = await admin().generateLink({ type, email, password });
			expect(error).toBeNull();
			const verified = await backend.client().auth.verifyOtp({
				token_hash: data.properties?.hashed_token ?? '',
				type: type === 'magiclink' ? 'email' : type
			});
			expect(verified.error).toBeNull();
			expect(verified.data.user?.email).toBe(email);
			expect(backend.mails.some((mail) => mail.to === email)).toBe(false);
		}
	);
});

describe('confirmation of addresses', () => {
	let strict: Backend;

	beforeAll(async () => {
		strict = await startBackend({ auth: { confirmEmail: true } });
	});

	afterAll(() => strict.stop());

	it('comes before the first session, and is mailed again on request', async () => {
		const client = strict.client();
		const email = 'new@example.com';
		const { data } = await client.auth.signUp({ email, password });
		expect(data.session).toBeNull();
		const early = await client.auth.signInWithPassword({ email, password });
		expect(early.error?.code).toBe('email_not_confirmed');
		expect((await client.auth.resend({ type: 'signup', email })).error).toBeNull();
		expect(strict.mails).toHaveLength(2);
		await open(strict.mails[1]?.link ?? null);
		expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull();
	});

	it('refuses anonymous users unless they are switched on', async () => {
		const { error } = await strict.client().auth.signInAnonymously();
		expect(error?.code).toBe('anonymous_provider_disabled');
	});
});
