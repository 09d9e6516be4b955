import type { MyOrganization, TeamMember } from '@chatiq/contracts/team';
import type { SnippetMail } from '@chatiq/contracts/mails';
import { uuidv7 } from '@chatiq/contracts/ids';
import { topics } from '@chatiq/contracts/topics';
import { createClient } from '@supabase/supabase-js';
import type { Database } from '@chatiq/contracts/database';
import { generate } from 'otplib';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectSql, type Client } from '../support/backend.ts';
import { mailsTo } from '../support/mailbox.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';
import { Socket } from './isolation/socket.ts';

const backend = inject('backend');
let sql: postgres.Sql;
beforeAll(() => {
	sql = connectSql(backend);
});
afterAll(() => sql.end());

/** A client with a session of its own. */
async function signIn({ email, password }: Person): Promise<Client> {
	const client = createClient<Database>(backend.url, backend.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
	});
	const { error } = await client.auth.signInWithPassword({ email, password });
	if (error) throw error;
	return client;
}

/** Sets a second factor up and shows it; answers its id. */
async function enrol(client: Client): Promise<string> {
	const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp' });
	if (error) throw error;
	const code = await generate({ secret: data.totp.secret });
	const shown = await client.auth.mfa.challengeAndVerify({ factorId: data.id, code });
	if (shown.error) throw shown.error;
	return data.id;
}

const require = (client: Client, { organization }: Tenant, required = true) =>
	client.rpc('require_second_factor', { organization_id: organization, required });

const sitesOf = async (client: Client) =>
	(await client.from('sites').select('id').throwOnError()).data.length;

const mine = async (client: Client) =>
	(await client.rpc('list_my_organizations').throwOnError()).data as unknown as MyOrganization[];

/** An owner with a second factor, whose organisation asks for one. */
async function strict(name: string): Promise<{ tenant: Tenant; owner: Client; person: Person }> {
	const tenant = await createTenant(backend, sql, name);
	const person = await tenant.addMember('owner');
	const owner = await signIn(person);
	await enrol(owner);
	await require(owner, tenant).throwOnError();
	return { tenant, owner, person };
}

describe('an organisation that asks for a second factor', () => {
	it('is made so by an owner who has one, and by nobody else', async () => {
		const tenant = await createTenant(backend, sql, 'Careful');
		const [person, admin] = [await tenant.addMember('owner'), await tenant.addMember('admin')];
		expect((await require(person.client, tenant)).error?.message).toBe('own_factor_missing');
		expect((await require(admin.client, tenant)).error?.message).toBe('forbidden');
		const owner = await signIn(person);
		await enrol(owner);
		const { data } = await require(owner, tenant).throwOnError();
		expect(data.requires_second_factor).toBe(true);
		const { data: log } = await owner
			.from('audit_log')
			.select('entity, after')
			.eq('entity', 'organizations')
			.throwOnError();
		expect(log).toEqual([{ entity: 'organizations', after: { requires_second_factor: true } }]);
	});

	it('shows nothing to a member without one, and everything again once it is set up', async () => {
		const { tenant, owner } = await strict('Closed');
		const person = await tenant.addMember('operator');
		const client = await signIn(person);
		expect(await sitesOf(client)).toBe(0);
		expect((await client.rpc('list_inbox', {}).throwOnError()).data).toMatchObject({
			conversations: []
		});
		expect(await mine(client)).toMatchObject([
			{ id: tenant.organization, name: 'Closed', factor_missing: true }
		]);
		const team = (
			await owner.rpc('list_team', { organization_id: tenant.organization }).throwOnError()
		).data as unknown as TeamMember[];
		expect(team.find(({ user_id }) => user_id === person.id)?.second_factor).toBe(false);
		const factorId = await enrol(client);
		expect(await sitesOf(client)).toBe(1);
		const { data } = await client.auth.getSession();
		const socket = await Socket.open(backend);
		let told = 0;
		socket.onBroadcast(({ event }) => (told += event === 'membership_changed' ? 1 : 0));
		expect(await socket.join(topics.user(person.id), data.session?.access_token ?? '')).toBe('ok');
		try {
			// Whoever takes it away again stands outside at once, and open consoles ask where that is.
			expect((await client.auth.mfa.unenroll({ factorId })).error).toBeNull();
			expect(await sitesOf(client)).toBe(0);
			await expect.poll(() => told).toBe(1);
		} finally {
			socket.close();
		}
	});

	it('closes to those who were there, opens when the rule ends, and lets them leave', async () => {
		const tenant = await createTenant(backend, sql, 'Turns');
		const [boss, operator] = [await tenant.addMember('owner'), await tenant.addMember('operator')];
		const owner = await signIn(boss);
		await enrol(owner);
		expect(await sitesOf(operator.client)).toBe(1);
		await require(owner, tenant).throwOnError();
		expect(await sitesOf(operator.client)).toBe(0);
		await require(owner, tenant, false).throwOnError();
		expect(await sitesOf(operator.client)).toBe(1);
		await require(owner, tenant).throwOnError();
		const left = { organization_id: tenant.organization };
		await operator.client.rpc('leave_organization', left).throwOnError();
		expect(await mine(operator.client)).toEqual([]);
	});

	it('is kept by the schedule where Auth tells nothing', async () => {
		const { tenant } = await strict('Untold');
		const operator = await tenant.addMember('operator');
		expect(await sitesOf(operator.client)).toBe(0);
		// What stands there when nobody has told of a factor that came or went.
		const after = async (told: boolean) => {
			await sql`update public.memberships set factor_missing = ${told} where user_id = ${operator.id}`;
			await sql`select app.follow_second_factors()`;
			const rows = await sql`select from private.site_access where user_id = ${operator.id}`;
			return rows.length;
		};
		expect(await after(false)).toBe(0);
		await enrol(await signIn(operator));
		expect(await after(true)).toBe(1);
	});

	it('leaves the other organisations of a member alone', async () => {
		const { tenant } = await strict('Strict');
		const open = await createTenant(backend, sql, 'Easy');
		const person = await open.addMember('admin');
		await sql`insert into public.memberships (organization_id, user_id, role)
			values (${tenant.organization}, ${person.id}, 'admin')`;
		expect(await sitesOf(person.client)).toBe(1);
		expect(
			(await mine(person.client)).map(({ name, factor_missing }) => [name, factor_missing])
		).toEqual([
			['Easy', false],
			['Strict', true]
		]);
		const closed = await person.client.rpc('create_site', {
			...{ site_id: uuidv7(), organization_id: tenant.organization, name: 'Back door' }
		});
		expect(closed.error?.message).toBe('organization_not_found');
	});

	it('never lets somebody in whose factor goes while the rule comes', async () => {
		const { tenant, owner } = await strict('Race');
		const people = await Promise.all(Array.from({ length: 4 }, () => tenant.addMember('operator')));
		for (let round = 0; round < 5; round++) {
			await require(owner, tenant, false).throwOnError();
			await sql`insert into auth.mfa_factors ${sql(
				people.map(({ id }) => ({
					...{ id: crypto.randomUUID(), user_id: id, factor_type: 'totp', status: 'verified' },
					...{ secret: 'none', created_at: new Date(), updated_at: new Date() }
				}))
			)}`;
			await Promise.all([
				require(owner, tenant).throwOnError(),
				...people.map(({ id }) => sql`delete from auth.mfa_factors where user_id = ${id}`)
			]);
			const [inside] = await sql<{ count: number }[]>`
				select count(*)::integer from private.site_access
				where organization_id = ${tenant.organization} and user_id = any (${people.map(({ id }) => id)})`;
			expect(inside?.count).toBe(0);
		}
	});
});

describe('somebody in two organisations', () => {
	it('lists, counts and searches each on its own', async () => {
		const [first, second] = [
			await createTenant(backend, sql, 'First'),
			await createTenant(backend, sql, 'Second')
		];
		const person = await first.addMember('operator');
		await sql`insert into public.memberships (organization_id, user_id, role)
			values (${second.organization}, ${person.id}, 'owner')`;
		for (const { addVisitor } of [first, second, second]) {
			const { client } = await addVisitor();
			await client
				.rpc('start_conversation', {
					...{ conversation_id: uuidv7(), message_id: uuidv7(), body: 'Teapot please' }
				})
				.throwOnError();
		}
		const { client } = person;
		const found = async (organization_id?: string) => {
			const of = organization_id ? { organization_id } : {};
			const [list, counts, search] = await Promise.all([
				client.rpc('list_inbox', of).throwOnError(),
				client.rpc('count_inbox', of).throwOnError(),
				client.rpc('search_inbox', { question: 'teapot', ...of }).throwOnError()
			]);
			return [
				(list.data as { conversations: unknown[] }).conversations.length,
				(counts.data as { open: number }).open,
				(search.data as { results: unknown[] }).results.length
			];
		};
		expect(await found()).toEqual([3, 3, 3]);
		expect(await found(first.organization)).toEqual([1, 1, 1]);
		expect(await found(second.organization)).toEqual([2, 2, 2]);
		expect((await client.rpc('count_unread').throwOnError()).data).toEqual({
			[first.organization]: 1,
			[second.organization]: 2
		});
		expect((await mine(client)).map(({ name, role }) => [name, role])).toEqual([
			['First', 'operator'],
			['Second', 'owner']
		]);
		const stranger = await createTenant(backend, sql, 'Third');
		expect(
			(await client.rpc('list_inbox', { organization_id: stranger.organization })).data
		).toMatchObject({ conversations: [] });
	});
});

describe('mail_snippet', () => {
	it('mails the code once per id, tells when it has left, and keeps count', async () => {
		const tenant = await createTenant(backend, sql, 'Embed & Co');
		const admin = await tenant.addMember('admin');
		const email = `${crypto.randomUUID()}@developers.test`;
		const mail = { mail_id: uuidv7(), site_id: tenant.site.id, email, language: 'uk' };
		const call = (part: Partial<typeof mail> = {}) =>
			admin.client.rpc('mail_snippet', { ...mail, ...part });
		await call().throwOnError();
		await call().throwOnError();
		const listed = async () =>
			(await admin.client.rpc('list_snippet_mails', { site_id: tenant.site.id }).throwOnError())
				.data as unknown as SnippetMail[];
		await expect.poll(async () => (await listed()).map(({ state }) => state)).toEqual(['sent']);
		const arrived = await mailsTo(backend, email);
		expect(arrived).toHaveLength(1);
		expect(arrived[0]?.text).toContain(`data-site-key="${tenant.site.site_key}"`);
		expect(arrived[0]?.text).toContain('connect-src');
		expect(arrived[0]?.subject).toContain('Embed & Co');
		const wrong = await call({ mail_id: uuidv7(), email: 'a@b.test>, <c@d.test' });
		expect(wrong.error?.message).toBe('invalid_input');
		const other = await call({ email: 'other@developers.test' });
		expect(other.error?.message).toBe('id_conflict');
		const tries = await Promise.all(Array.from({ length: 4 }, () => call({ mail_id: uuidv7() })));
		expect(tries.filter(({ error }) => error?.message === 'rate_limited')).toHaveLength(2);
		const { data: log } = await admin.client
			.from('audit_log')
			.select('after')
			.eq('entity', 'snippet_mail')
			.limit(1)
			.throwOnError();
		expect(log).toEqual([{ after: { email, language: 'uk' } }]);
	});
});
