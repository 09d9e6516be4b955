import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteUrl } from './support/backend.ts';
import type { Backend, Door } from './support/backend.ts';
import { lastMail, open } from './support/mail.ts';
import { password, signUp, startSchema } from './support/product.ts';

let backend: Backend;

beforeAll(async () => {
	backend = await startSchema({
		auth: { additional_redirect_urls: ['https://console.example/**'] }
	});
});

afterAll(() => backend.stop());

describe('a forgotten password', () => {
	it('is chosen anew through a mail', async () => {
		await signUp(backend, 'forgot@example.com');
		const client = backend.client();
		await client.auth.resetPasswordForEmail('forgot@example.com', {
			redirectTo: `${siteUrl}/new-password`
		});
		const page = await open(lastMail(backend, 'forgot@example.com').link);
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
		await signUp(backend, 'code@example.com');
		const client = backend.client();
		await client.auth.signInWithOtp({ email: 'code@example.com' });
		const { code } = lastMail(backend, 'code@example.com');
		const { data, error } = await client.auth.verifyOtp({
			email: 'code@example.com',
			token: code ?? '',
			type: 'email'
		});
		expect(error).toBeNull();
		expect(data.session?.user.email).toBe('code@example.com');
	});

	it('works in the browser that asked for it only, with PKCE', async () => {
		await signUp(backend, 'pkce@example.com');
		const client = backend.client({ flow: 'pkce' });
		await client.auth.signInWithOtp({
			email: 'pkce@example.com',
			options: { emailRedirectTo: `${siteUrl}/auth/callback?next=/inbox` }
		});
		const page = await open(lastMail(backend, 'pkce@example.com').link);
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
		await signUp(backend, 'once@example.com');
		await backend.client().auth.signInWithOtp({ email: 'once@example.com' });
		const { link } = lastMail(backend, 'once@example.com');
		await open(link);
		const page = await open(link);
		expect(new URLSearchParams(page.hash.slice(1)).get('error_code')).toBe('otp_expired');
	});

	it('is not used up by a look at it', async () => {
		await signUp(backend, 'scanner@example.com');
		await backend.client().auth.signInWithOtp({ email: 'scanner@example.com' });
		const { link } = lastMail(backend, 'scanner@example.com');
		expect((await fetch(link ?? '', { method: 'HEAD' })).status).toBe(200);
		const page = await open(link);
		expect(page.hash).toContain('access_token=');
	});

	it('changes the address once both have agreed', async () => {
		const [client] = await signUp(backend, 'old-address@example.com');
		const changed = await client.auth.updateUser({ email: 'new-address@example.com' });
		expect(changed.error).toBeNull();
		expect((await client.auth.getUser()).data.user?.email).toBe('old-address@example.com');
		const first = await open(lastMail(backend, 'old-address@example.com').link);
		expect(first.hash).toContain('message=Confirmation+link+accepted');
		expect((await client.auth.getUser()).data.user?.email).toBe('old-address@example.com');
		await open(lastMail(backend, 'new-address@example.com').link);
		expect((await client.auth.getUser()).data.user?.email).toBe('new-address@example.com');
	});

	it('leads to listed places only', async () => {
		await signUp(backend, 'redirect@example.com');
		const { auth } = backend.client();
		const follow = async (emailRedirectTo: string) => {
			await auth.signInWithOtp({ email: 'redirect@example.com', options: { emailRedirectTo } });
			return (await open(lastMail(backend, 'redirect@example.com').link)).origin;
		};
		expect(await follow('https://console.example/auth')).toBe('https://console.example');
		expect(await follow('https://evil.example/auth')).toBe(siteUrl);
	});
});

describe('confirmation of addresses', () => {
	let strict: Door;

	beforeAll(async () => {
		strict = await backend.withAuth({ email: { enable_confirmations: true } });
	});

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
