import { isAuthSessionMissingError } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../src/tokens.ts';
import type { Backend } from './support/backend.ts';
import { password, signUp, startSchema } from './support/product.ts';

let backend: Backend;

beforeAll(async () => {
	backend = await startSchema({ auth: { enable_anonymous_sign_ins: true } });
});

afterAll(() => backend.stop());

function admin() {
	return backend.client({ key: backend.keys.secretKey }).auth.admin;
}

describe('a session', () => {
	it('carries the claims of a hosted project', async () => {
		const [, userId, accessToken] = await signUp(backend, 'claims@example.com', { name: 'Clara' });
		const claims = await createVerifier(backend.keys).verify(accessToken);
		expect(claims).toMatchObject({
			iss: `${backend.url}/auth/v1`,
			aud: 'authenticated',
			sub: userId,
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
		const [client] = await signUp(backend, 'jwks@example.com');
		const { data, error } = await client.auth.getClaims();
		expect(error).toBeNull();
		expect(data?.header.alg).toBe('ES256');
		expect(data?.claims.email).toBe('jwks@example.com');
	});

	it('stores metadata that triggers can read', async () => {
		const [, userId] = await signUp(backend, 'trigger@example.com', { name: 'Тарас' });
		const rows = await backend.sql`
			select name from public.profiles where user_id = ${userId}`;
		expect(rows).toMatchObject([{ name: 'Тарас' }]);
	});

	it('is renewed, and keeps its claims', async () => {
		const [client] = await signUp(backend, 'refresh@example.com');
		const before = (await client.auth.getSession()).data.session;
		const { data, error } = await client.auth.refreshSession();
		expect(error).toBeNull();
		expect(data.session?.refresh_token).not.toBe(before?.refresh_token);
		const claims = await createVerifier(backend.keys).verify(data.session?.access_token ?? '');
		expect(claims).toMatchObject({ session_id: expect.any(String) as string, aal: 'aal1' });
	});

	it('ends at sign-out, for Auth at once', async () => {
		const [client, , accessToken] = await signUp(backend, 'out@example.com');
		expect((await client.auth.signOut()).error).toBeNull();
		const { error } = await backend.client().auth.getUser(accessToken);
		expect(isAuthSessionMissingError(error)).toBe(true);
	});

	it('of a deleted user is refused', async () => {
		const [, userId, accessToken] = await signUp(backend, 'deleted@example.com');
		expect((await admin().deleteUser(userId)).error).toBeNull();
		const { error } = await backend.client().auth.getUser(accessToken);
		expect([error?.status, error?.code]).toEqual([403, 'user_not_found']);
	});

	it('is refused when expired or forged', async () => {
		const [, userId, accessToken] = await signUp(backend, 'bad@example.com');
		const expired = await backend.mint(
			{ role: 'authenticated', sub: userId },
			Math.floor(Date.now() / 1000) - 5
		);
		for (const token of [expired, `${accessToken}x`, 'nonsense']) {
			const { error } = await backend.client().auth.getUser(token);
			expect([error?.status, error?.code]).toEqual([403, 'bad_jwt']);
		}
	});
});

describe('a password', () => {
	it('signs in, in any case of the address', async () => {
		await signUp(backend, 'case@example.com');
		const { data } = await backend
			.client()
			.auth.signInWithPassword({ email: 'Case@Example.com', password });
		expect(data.user?.email).toBe('case@example.com');
	});

	it('is refused when wrong', async () => {
		await signUp(backend, 'wrong@example.com');
		const { error } = await backend
			.client()
			.auth.signInWithPassword({ email: 'wrong@example.com', password: 'x' });
		expect([error?.status, error?.code]).toEqual([400, 'invalid_credentials']);
	});
});

describe('a user', () => {
	it('is read and changed by themselves', async () => {
		const [client] = await signUp(backend, 'self@example.com', { name: 'S' });
		const changed = await client.auth.updateUser({ data: { language: 'uk' } });
		expect(changed.error).toBeNull();
		const { data } = await client.auth.getUser();
		expect(data.user?.user_metadata).toMatchObject({ name: 'S', language: 'uk' });
	});

	it('cannot be registered twice', async () => {
		await signUp(backend, 'twice@example.com');
		const { error } = await backend.client().auth.signUp({ email: 'twice@example.com', password });
		expect(error?.code).toBe('user_already_exists');
	});

	it('is told of a value that no row can hold', async () => {
		const [client] = await signUp(backend, 'nul@example.com');
		const { error } = await client.auth.updateUser({ data: { name: 'a\u0000b' } });
		expect([error?.status, error?.code]).toEqual([400, 'validation_failed']);
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
