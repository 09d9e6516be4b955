import type { SupabaseClient } from '@supabase/supabase-js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../src/tokens.ts';
import type { Backend } from './support/backend.ts';
import { lastMail, open } from './support/mail.ts';
import { password, signUp, startSchema } from './support/product.ts';

let backend: Backend;

beforeAll(async () => {
	backend = await startSchema();
});

afterAll(() => backend.stop());

async function refreshTokenOf(client: SupabaseClient): Promise<string> {
	const { data } = await client.auth.getSession();
	return data.session?.refresh_token ?? '';
}

function refresh(token: string, door: Pick<Backend, 'client'> = backend) {
	return door.client().auth.refreshSession({ refresh_token: token });
}

/** As if that much time had passed since the token was used. */
async function age(token: string, seconds: number): Promise<void> {
	await backend.sql`
		update auth.refresh_tokens set updated_at = now() - make_interval(secs => ${seconds})
		where token = ${token}`;
}

async function signInAgain(email: string): Promise<SupabaseClient> {
	const client = backend.client();
	const { error } = await client.auth.signInWithPassword({ email, password });
	if (error !== null) throw error;
	return client;
}

describe('a refresh token', () => {
	it('gives the same successor again while that was not used', async () => {
		const [client] = await signUp(backend, 'lost-answer@example.com');
		const first = await refreshTokenOf(client);
		const { data: one } = await refresh(first);
		await age(first, 3600);
		const { data: two } = await refresh(first);
		expect(two.session?.refresh_token).toBe(one.session?.refresh_token);
	});

	it('may come twice within the reuse interval', async () => {
		const [client] = await signUp(backend, 'two-tabs@example.com');
		const first = await refreshTokenOf(client);
		const { data: one } = await refresh(first);
		await refresh(one.session?.refresh_token ?? '');
		expect((await refresh(first)).error).toBeNull();
	});

	it('ends its session when it comes again later', async () => {
		const [client] = await signUp(backend, 'stolen@example.com');
		const first = await refreshTokenOf(client);
		const { data: one } = await refresh(first);
		const { data: two } = await refresh(one.session?.refresh_token ?? '');
		await age(first, 3600);
		const { error } = await refresh(first);
		expect([error?.status, error?.code]).toEqual([400, 'refresh_token_already_used']);
		await age(two.session?.refresh_token ?? '', 3600);
		const victim = await refresh(two.session?.refresh_token ?? '');
		expect(victim.error?.code).toBe('refresh_token_already_used');
	});

	it('has one successor when two requests bring it at once', async () => {
		const [client] = await signUp(backend, 'at-once@example.com');
		const first = await refreshTokenOf(client);
		const answers = await Promise.all([refresh(first), refresh(first), refresh(first)]);
		const tokens = answers.map(({ data }) => data.session?.refresh_token);
		expect(new Set(tokens).size).toBe(1);
	});

	it('nobody issued is unknown', async () => {
		const { error } = await refresh('aaaaaaaaaaaa');
		expect([error?.status, error?.code]).toEqual([400, 'refresh_token_not_found']);
	});

	it('keeps the way of signing in', async () => {
		const [client] = await signUp(backend, 'amr@example.com');
		const { data } = await client.auth.refreshSession();
		const claims = await createVerifier(backend.keys).verify(data.session?.access_token ?? '');
		expect(claims.amr).toEqual([{ method: 'password', timestamp: expect.any(Number) as number }]);
	});

	it('is refused when the session is too old or was idle too long', async () => {
		const door = await backend.withAuth({
			sessions: { timebox: '24h', inactivity_timeout: '1h' }
		});
		const [old] = await signUp(door, 'timebox@example.com');
		const [idle] = await signUp(door, 'idle@example.com');
		for (const [client, hours] of [
			[old, 25],
			[idle, 2]
		] as const) {
			const { data } = await client.auth.getSession();
			const { session_id: id } = decodeJwt(data.session?.access_token ?? '');
			await backend.sql`
				update auth.sessions set created_at = now() - make_interval(hours => ${hours})
				where id = ${id as string}`;
		}
		const tooOld = await refresh(await refreshTokenOf(old), door);
		expect([tooOld.error?.code, tooOld.error?.message]).toEqual([
			'session_expired',
			'Invalid Refresh Token: Session Expired'
		]);
		const tooIdle = await refresh(await refreshTokenOf(idle), door);
		expect(tooIdle.error?.message).toBe('Invalid Refresh Token: Session Expired (Inactivity)');
	});
});

describe('signing out', () => {
	it.each([
		['local', [false, true]],
		['others', [true, false]],
		['global', [false, false]]
	] as const)('with scope %s ends the right sessions', async (scope, expected) => {
		const email = `out-${scope}@example.com`;
		const [here] = await signUp(backend, email);
		const there = await signInAgain(email);
		const token = await tokenOf(here);
		expect((await here.auth.signOut({ scope })).error).toBeNull();
		const alive = [await reaches(token), await reaches(await tokenOf(there))];
		expect(alive).toEqual(expected);
	});

	it('leaves a token that Auth does not accept any more', async () => {
		const [client] = await signUp(backend, 'gone@example.com');
		const token = await tokenOf(client);
		await client.auth.signOut();
		const answer = await fetch(`${backend.url}/auth/v1/user`, {
			headers: { apikey: backend.keys.publishableKey, authorization: `Bearer ${token}` }
		});
		expect(answer.status).toBe(403);
		expect(await answer.json()).toEqual({
			code: 403,
			error_code: 'session_not_found',
			msg: 'Session from session_id claim in JWT does not exist'
		});
	});

	it('is done by an admin with the token of the user', async () => {
		const [client] = await signUp(backend, 'kicked@example.com');
		const token = await tokenOf(client);
		const { admin } = backend.client({ key: backend.keys.secretKey }).auth;
		expect((await admin.signOut(token, 'global')).error).toBeNull();
		expect(await reaches(token)).toBe(false);
	});
});

describe('a password', () => {
	it('ends the other sessions when it changes', async () => {
		const [here] = await signUp(backend, 'change@example.com');
		const there = await signInAgain('change@example.com');
		expect((await here.auth.updateUser({ password: 'quite-different' })).error).toBeNull();
		expect(await reaches(await tokenOf(here))).toBe(true);
		expect(await reaches(await tokenOf(there))).toBe(false);
	});

	it('must differ from the one before', async () => {
		const [client] = await signUp(backend, 'same@example.com');
		const { error } = await client.auth.updateUser({ password });
		expect([error?.status, error?.code]).toEqual([422, 'same_password']);
	});

	it('is refused with the reasons why it is weak', async () => {
		const door = await backend.withAuth({
			minimum_password_length: 10,
			password_requirements: 'lower_upper_letters_digits_symbols'
		});
		const { error } = await door
			.client()
			.auth.signUp({ email: 'weak@example.com', password: 'lowercase' });
		expect(error).toMatchObject({
			status: 422,
			code: 'weak_password',
			reasons: ['length', 'characters']
		});
		await signUp(backend, 'weak@example.com');
		const { data } = await door
			.client()
			.auth.signInWithPassword({ email: 'weak@example.com', password });
		expect(data.weakPassword?.reasons).toEqual(['length', 'characters']);
	});

	it('needs a nonce from a mail when the sign-in was long ago', async () => {
		const door = await backend.withAuth({ email: { secure_password_change: true } });
		const [client] = await signUp(door, 'nonce@example.com');
		const [, userId] = [0, (await client.auth.getUser()).data.user?.id ?? ''];
		await backend.sql`
			update auth.sessions set created_at = now() - interval '25 hours' where user_id = ${userId}`;
		const early = await client.auth.updateUser({ password: 'new-password' });
		expect(early.error?.code).toBe('reauthentication_needed');
		expect((await client.auth.reauthenticate()).error).toBeNull();
		const { code } = lastMail(door, 'nonce@example.com');
		const wrong = await client.auth.updateUser({ password: 'new-password', nonce: '000000x' });
		expect([wrong.error?.status, wrong.error?.code]).toEqual([422, 'reauthentication_not_valid']);
		const right = await client.auth.updateUser({ password: 'new-password', nonce: code ?? '' });
		expect(right.error).toBeNull();
	});
});

describe('a banned user', () => {
	it('is refused at every door', async () => {
		const [client, userId] = await signUp(backend, 'banned-everywhere@example.com');
		await backend.client().auth.resetPasswordForEmail('banned-everywhere@example.com');
		const { admin } = backend.client({ key: backend.keys.secretKey }).auth;
		await admin.updateUserById(userId, { ban_duration: '1h30m' });
		expect((await refresh(await refreshTokenOf(client))).error?.code).toBe('user_banned');
		const page = await open(lastMail(backend, 'banned-everywhere@example.com').link);
		expect(page.hash).toContain('error_code=user_banned');
	});
});

async function tokenOf(client: SupabaseClient): Promise<string> {
	return (await client.auth.getSession()).data.session?.access_token ?? '';
}

async function reaches(token: string): Promise<boolean> {
	return (await backend.client().auth.getUser(token)).error === null;
}
