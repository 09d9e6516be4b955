import { createClient } from '@supabase/supabase-js';
import type { Database } from '@chatiq/contracts/database';
import { topics } from '@chatiq/contracts/topics';
import { generate } from 'otplib';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, connectSql, type Client } from '../support/backend.ts';
import { Socket } from './isolation/socket.ts';
import { createPerson, createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Accounts');
	await tenant.addMember('owner');
});
afterAll(() => sql.end());

/** A client with a session of its own, as the console's server has one. */
async function signIn(person: Person): Promise<Client> {
	const client = createClient<Database>(backend.url, backend.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
	});
	const { email, password } = person;
	const { error } = await client.auth.signInWithPassword({ email, password });
	if (error) throw error;
	return client;
}

/** Sets a second factor up and shows it: the client's session is strong from then on. */
async function enrol(client: Client): Promise<{ id: string; secret: string }> {
	const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp' });
	if (error) throw error;
	const { id, totp } = data;
	await show(client, { id, secret: totp.secret });
	return { id, secret: totp.secret };
}

async function show(client: Client, { id, secret }: { id: string; secret: string }) {
	const { error } = await client.auth.mfa.challengeAndVerify({
		factorId: id,
		code: await generate({ secret })
	});
	if (error) throw error;
}

const organizationsOf = async (client: Client) =>
	(await client.from('organizations').select('id').throwOnError()).data.map(({ id }) => id);

describe('a second factor', () => {
	it('closes everything to a password alone, in sessions of before too', async () => {
		const person = await tenant.addMember('admin');
		const [laptop, thief] = [await signIn(person), await signIn(person)];
		expect(await organizationsOf(thief)).toEqual([tenant.organization]);
		const factor = await enrol(laptop);

		expect(await organizationsOf(laptop)).toEqual([tenant.organization]);
		// Auth ends the sessions of a password alone that were there.
		expect((await thief.from('sites').select('id')).status).toBe(401);
		await thief.auth.signInWithPassword({ email: person.email, password: person.password });
		expect(await organizationsOf(thief)).toEqual([]);
		expect((await thief.from('sites').select('id').throwOnError()).data).toEqual([]);
		expect((await thief.rpc('second_factor_missing').throwOnError()).data).toBe(true);
		const inbox = await thief.rpc('list_inbox', {}).throwOnError();
		expect(inbox.data).toMatchObject({ conversations: [] });
		const codes = await thief.rpc('create_recovery_codes');
		expect(codes.error?.message).toBe('second_factor_required');
		expect((await thief.rpc('list_sessions').throwOnError()).data).toEqual([]);
		const end = await thief.rpc('delete_account', { email: person.email });
		expect(end.error?.message).toBe('second_factor_required');

		const phone = await signIn(person);
		expect(await organizationsOf(phone)).toEqual([]);
		await show(phone, factor);
		expect(await organizationsOf(phone)).toEqual([tenant.organization]);
		expect((await phone.rpc('second_factor_missing').throwOnError()).data).toBe(false);
	});

	it('gives way to a recovery code, once', async () => {
		const person = await tenant.addMember('operator');
		const client = await signIn(person);
		await enrol(client);
		const { data: codes } = await client.rpc('create_recovery_codes').throwOnError();
		expect(codes).toHaveLength(10);
		expect(new Set(codes).size).toBe(10);
		for (const code of codes)
			expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/);
		expect((await client.rpc('count_recovery_codes').throwOnError()).data).toBe(10);

		const phone = await signIn(person);
		const use = async (code: string) =>
			(await phone.rpc('use_recovery_code', { code }).throwOnError()).data;
		expect(await use('AAAA-AAAA-AAAA')).toBe(false);
		// As somebody types it from paper.
		expect(await use(` ${codes[0]?.toLowerCase().replaceAll('-', ' ') ?? ''}`)).toBe(true);
		expect(await organizationsOf(phone)).toEqual([tenant.organization]);
		expect(await use(codes[0] ?? '')).toBe(false);
		expect((await phone.rpc('count_recovery_codes').throwOnError()).data).toBe(9);
		const stored = await sql`
			select from private.recovery_codes where encode(code_hash, 'escape') = any (${codes})`;
		expect(stored).toHaveLength(0);
	});

	it('cannot be guessed by trying codes', async () => {
		const client = await signIn(await createPerson(backend));
		const tries = await Promise.all(
			Array.from({ length: 12 }, () => client.rpc('use_recovery_code', { code: 'WRONG' }))
		);
		expect(tries.filter(({ data }) => data === false)).toHaveLength(10);
		expect(tries.filter(({ error }) => error?.message === 'rate_limited')).toHaveLength(2);
	});

	it('takes older codes away when new ones are made', async () => {
		const person = await createPerson(backend);
		const client = await signIn(person);
		await enrol(client);
		const first = (await client.rpc('create_recovery_codes').throwOnError()).data;
		await client.rpc('create_recovery_codes').throwOnError();
		const code = first[0] ?? '';
		expect((await client.rpc('use_recovery_code', { code }).throwOnError()).data).toBe(false);
	});
});

describe('sessions', () => {
	it('are listed, and end one by one', async () => {
		const person = await createPerson(backend);
		const [laptop, phone] = [await signIn(person), await signIn(person)];
		const list = async () => (await laptop.rpc('list_sessions').throwOnError()).data;
		const before = await list();
		expect(before.filter((session) => session.is_current)).toHaveLength(1);
		const { data: claims } = await phone.auth.getClaims();
		const id = String(claims?.claims.session_id);
		expect(before.map((session) => session.id)).toContain(id);
		expect((await laptop.rpc('end_session', { session_id: id }).throwOnError()).data).toBe(true);
		expect((await laptop.rpc('end_session', { session_id: id }).throwOnError()).data).toBe(false);
		expect((await list()).map((session) => session.id)).not.toContain(id);
		// Also for what its access token would have been good for, which lives on for an hour.
		const refused = await phone.from('profiles').select('id');
		expect(refused).toMatchObject({ status: 401, error: { message: 'session_required' } });
		const { error } = await phone.auth.refreshSession();
		expect(error?.status).toBe(400);
	});

	it('end everywhere else, and open consoles hear of it', async () => {
		const person = await tenant.addMember('operator');
		const [laptop, phone] = [await signIn(person), await signIn(person)];
		const socket = await Socket.open(backend);
		let told = 0;
		socket.onBroadcast(({ event }) => (told += event === 'session_ended' ? 1 : 0));
		expect(await socket.join(topics.user(person.id), person.token)).toBe('ok');
		try {
			// The person's own client is a third one.
			expect((await laptop.rpc('end_other_sessions').throwOnError()).data).toBe(2);
			expect((await laptop.rpc('end_other_sessions').throwOnError()).data).toBe(0);
			expect((await phone.rpc('list_inbox', {})).status).toBe(401);
			expect(await organizationsOf(laptop)).toEqual([tenant.organization]);
			await expect.poll(() => told).toBe(1);
		} finally {
			socket.close();
		}
	});
});

describe('delete_account', () => {
	it('ends the account, not what it wrote to visitors', async () => {
		const person = await tenant.addMember('operator');
		const remove = (email: string) => person.client.rpc('delete_account', { email });
		expect((await remove('other@people.test')).error?.message).toBe('name_mismatch');
		expect((await remove(person.email.toUpperCase()).throwOnError()).data).toBe(true);
		expect((await remove(person.email)).error?.message).toBe('session_required');
		const { email, password } = person;
		const again = await connect(backend).auth.signInWithPassword({ email, password });
		expect(again.error?.code).toBe('invalid_credentials');
		expect(await sql`select from public.profiles where id = ${person.id}`).toHaveLength(0);
	});

	it('is refused to the last owner of an organisation', async () => {
		const other = await createTenant(backend, sql, 'Owned');
		const owner = await other.addMember('owner');
		const refused = await owner.client.rpc('delete_account', { email: owner.email });
		expect(refused.error?.message).toBe('last_owner');
		const successor = await other.addMember('owner');
		await owner.client.rpc('delete_account', { email: owner.email }).throwOnError();
		expect(await organizationsOf(successor.client)).toEqual([other.organization]);
	});
});

describe('a new account', () => {
	it('waits for its confirmation, and keeps name and language', async () => {
		const email = `${crypto.randomUUID()}@people.test`;
		const { data, error } = await connect(backend).auth.signUp({
			email,
			password: 'a long sentence',
			options: { data: { name: 'Оля', language: 'uk' } }
		});
		expect(error).toBeNull();
		expect(data.session).toBeNull();
		const [profile] = await sql`
			select display_name, language from public.profiles where id = ${data.user?.id ?? ''}`;
		expect(profile).toEqual({ display_name: 'Оля', language: 'uk' });
	});

	it('needs a password of ten characters', async () => {
		const { error } = await connect(backend).auth.signUp({
			email: `${crypto.randomUUID()}@people.test`,
			password: 'ninechars'
		});
		expect(error?.code).toBe('weak_password');
	});
});
