import type { SupabaseClient } from '@supabase/supabase-js';
import { generate } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { signUp, password } from './support/product.ts';
import { startBackend } from './support/backend.ts';

let backend: Backend;

const schema = `
create table public.vault (secret text);
insert into public.vault values ('gold');
alter table public.vault enable row level security;
grant select on public.vault to authenticated;
create policy "second factor only" on public.vault as restrictive to authenticated
  using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy "signed in" on public.vault to authenticated using (true);`;

beforeAll(async () => {
	backend = await startBackend({ schema });
});

afterAll(() => backend.stop());

async function enroll(client: SupabaseClient, friendlyName = 'phone') {
	const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName });
	if (error !== null) throw error;
	return { id: data.id, totp: data.totp };
}

async function verify(client: SupabaseClient, factorId: string, secret: string) {
	return client.auth.mfa.challengeAndVerify({ factorId, code: await generate({ secret }) });
}

/** Somebody with a verified factor, signed in with it. */
async function protect(email: string) {
	const [client, userId] = await signUp(backend, email);
	const { id, totp } = await enroll(client);
	const { error } = await verify(client, id, totp.secret);
	if (error !== null) throw error;
	return { client, userId, factorId: id, secret: totp.secret };
}

async function signIn(email: string): Promise<SupabaseClient> {
	const client = backend.client();
	const { error } = await client.auth.signInWithPassword({ email, password });
	if (error !== null) throw error;
	return client;
}

function admin() {
	return backend.client({ key: backend.keys.secretKey }).auth.admin;
}

describe('a second factor', () => {
	it('is enrolled with what an authenticator app needs', async () => {
		const [client] = await signUp(backend, 'enrol@example.com');
		const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', issuer: 'ChatIQ' });
		expect(error).toBeNull();
		expect(data?.totp.uri).toMatch(/^otpauth:\/\/totp\/ChatIQ:enrol.*secret=[A-Z2-7]{32}/);
		expect(data?.totp.secret).toMatch(/^[A-Z2-7]{32}$/);
		// supabase-js makes a data: URL of the picture.
		expect(data?.totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg/);
		const { data: factors } = await client.auth.mfa.listFactors();
		expect(factors?.all).toMatchObject([{ status: 'unverified', factor_type: 'totp' }]);
		expect(factors?.totp).toEqual([]);
	});

	it('raises the session, for policies too', async () => {
		const [client] = await signUp(backend, 'raise@example.com');
		const before = await client.from('vault').select();
		expect(before.data).toEqual([]);
		const { id, totp } = await enroll(client);
		const { data, error } = await verify(client, id, totp.secret);
		expect(error).toBeNull();
		expect(data).toMatchObject({ token_type: 'bearer', user: { factors: [{ id }] } });
		const level = await client.auth.mfa.getAuthenticatorAssuranceLevel();
		expect(level.data).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' });
		expect(level.data?.currentAuthenticationMethods).toMatchObject([
			{ method: 'totp' },
			{ method: 'password' }
		]);
		expect((await client.from('vault').select()).data).toEqual([{ secret: 'gold' }]);
		expect((await client.auth.refreshSession()).error).toBeNull();
		expect((await client.from('vault').select()).data).toEqual([{ secret: 'gold' }]);
	});

	it('is asked for at the next sign-in', async () => {
		const { factorId, secret } = await protect('next@example.com');
		const client = await signIn('next@example.com');
		const level = await client.auth.mfa.getAuthenticatorAssuranceLevel();
		expect(level.data).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' });
		for (const change of [{ password: 'another-one' }, { email: 'other@example.com' }]) {
			const { error } = await client.auth.updateUser(change);
			expect([error?.status, error?.code]).toEqual([401, 'insufficient_aal']);
		}
		const more = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'second' });
		expect([more.error?.status, more.error?.code]).toEqual([403, 'insufficient_aal']);
		expect((await verify(client, factorId, secret)).error).toBeNull();
		expect((await client.auth.updateUser({ password: 'another-one' })).error).toBeNull();
	});

	it('ends the sessions that do not have it', async () => {
		const [client] = await signUp(backend, 'weaker@example.com');
		const elsewhere = await signIn('weaker@example.com');
		const { id, totp } = await enroll(client);
		await verify(client, id, totp.secret);
		expect((await elsewhere.auth.getUser()).error).not.toBeNull();
		expect((await client.auth.getUser()).error).toBeNull();
	});

	it('is refused with a wrong code, a foreign, old or used challenge', async () => {
		const [client, userId] = await signUp(backend, 'wrong-code@example.com');
		const { id: factorId, totp } = await enroll(client);
		const wrong = await client.auth.mfa.challengeAndVerify({ factorId, code: 'abc123' });
		expect([wrong.error?.status, wrong.error?.code]).toEqual([422, 'mfa_verification_failed']);
		const code = await generate({ secret: totp.secret });
		const foreign = await client.auth.mfa.verify({
			...{ factorId, code },
			challengeId: crypto.randomUUID()
		});
		expect(foreign.error?.code).toBe('mfa_factor_not_found');
		const { data: challenge } = await client.auth.mfa.challenge({ factorId });
		expect(challenge).toMatchObject({ type: 'totp', expires_at: expect.any(Number) as number });
		await backend.sql`
			update auth.mfa_challenges set created_at = now() - interval '6 minutes'
			where id = ${challenge?.id ?? ''}`;
		const late = await client.auth.mfa.verify({ factorId, code, challengeId: challenge?.id ?? '' });
		expect(late.error?.code).toBe('mfa_challenge_expired');
		const factors = await backend.sql`
			select status from auth.mfa_factors where user_id = ${userId}`;
		expect(factors).toMatchObject([{ status: 'unverified' }]);
	});

	it('has a name of its own, and there are not too many', async () => {
		const door = await backend.withAuth({ mfa: { max_enrolled_factors: 2 } });
		const [client] = await signUp(door, 'names@example.com');
		await enroll(client, 'one');
		const again = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'one' });
		expect(again.error?.code).toBe('mfa_factor_name_conflict');
		await enroll(client, 'two');
		const third = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'three' });
		expect([third.error?.status, third.error?.code]).toEqual([
			422,
			'too_many_enrolled_mfa_factors'
		]);
	});

	it('is removed by its owner, with the second factor only', async () => {
		const { client, factorId } = await protect('remove@example.com');
		const weak = await signIn('remove@example.com');
		const refused = await weak.auth.mfa.unenroll({ factorId });
		expect([refused.error?.status, refused.error?.code]).toEqual([422, 'insufficient_aal']);
		expect((await client.auth.mfa.unenroll({ factorId })).data).toEqual({ id: factorId });
		await client.auth.refreshSession();
		const level = await client.auth.mfa.getAuthenticatorAssuranceLevel();
		expect(level.data).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' });
	});

	it('is nobody else’s', async () => {
		const { factorId, secret } = await protect('owner@example.com');
		const [thief] = await signUp(backend, 'thief@example.com');
		const { error } = await verify(thief, factorId, secret);
		expect([error?.status, error?.code]).toEqual([404, 'mfa_factor_not_found']);
	});

	it('is listed and removed by an admin', async () => {
		const { userId, factorId } = await protect('helped@example.com');
		const { data } = await admin().mfa.listFactors({ userId });
		expect(data?.factors).toMatchObject([{ id: factorId, status: 'verified' }]);
		expect(JSON.stringify(data)).not.toContain('secret');
		expect((await admin().mfa.deleteFactor({ userId, id: factorId })).error).toBeNull();
		expect((await admin().mfa.listFactors({ userId })).data?.factors).toEqual([]);
	});

	it('stays off where the project says so', async () => {
		const door = await backend.withAuth({ mfa: { totp: { enroll_enabled: false } } });
		const [client] = await signUp(door, 'off@example.com');
		const { error } = await client.auth.mfa.enroll({ factorType: 'totp' });
		expect([error?.status, error?.code]).toEqual([422, 'mfa_totp_enroll_not_enabled']);
	});
});
