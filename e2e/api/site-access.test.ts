import { uuidv7 } from '@chatiq/contracts/ids';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Random } from '../delivery/random.ts';

/** Who works on which site lies ready in a table that triggers keep: it must always be what the rule says. */
const seed = process.env['CHATIQ_SEED'] ?? String(Math.floor(Math.random() * 1e9));
const sql = postgres(inject('backend').databaseUrl, { max: 10, onnotice: () => undefined });
const organization = randomUUID();
const people = Array.from({ length: 6 }, () => randomUUID());
const [owner = ''] = people;
const member = people[1] ?? '';

type Statements = postgres.TransactionSql | postgres.Sql;

beforeAll(async () => {
	await sql`insert into auth.users (id, email, aud, role)
		select id, id || '@people.test', 'authenticated', 'authenticated' from unnest(${people}::uuid[]) as id`;
	await sql`insert into public.organizations (id, name) values (${organization}, 'Access')`;
	await join(sql, owner, 'owner');
});
afterAll(() => sql.end());

/** An owner, operators who work nowhere, three sites. */
beforeEach(async () => {
	await sql.begin(async (transaction) => {
		await transaction`select app.lock_team(${organization})`;
		await transaction`update public.memberships set role = 'owner', deactivated_at = null
			where organization_id = ${organization} and user_id = ${owner}`;
		await transaction`delete from public.memberships where organization_id = ${organization} and user_id <> ${owner}`;
		await transaction`delete from public.sites where organization_id = ${organization}`;
		for (const person of people.slice(1)) await join(transaction, person, 'operator');
		await transaction`insert into public.sites (organization_id, name)
			select ${organization}, 'Site ' || n from generate_series(1, 3) as n`;
	});
});

async function join(on: Statements, person: string, role: string): Promise<void> {
	await on`insert into public.memberships (organization_id, user_id, role)
		values (${organization}, ${person}, ${role}) on conflict do nothing`;
}

/** Goes on as this member, as the Data API would. */
async function become(on: Statements, person: string): Promise<void> {
	const claims = JSON.stringify({ role: 'authenticated', sub: person });
	await on`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`;
}

/** What the table and the rule do not have in common, seen by one snapshot. */
async function differences(on: Statements = sql): Promise<postgres.Row[]> {
	const kept = on`select user_id, site_id, organization_id, role from private.site_access where organization_id = ${organization}`;
	const rule = on`select user_id, site_id, organization_id, role from private.expected_site_access where organization_id = ${organization}`;
	return on`(select 'too much', * from (${kept} except ${rule}) as more)
		union all (select 'missing', * from (${rule} except ${kept}) as less)`;
}

async function sitesOf(person: string): Promise<string[]> {
	const rows = await sql<{ site_id: string }[]>`
		select site_id from private.site_access where user_id = ${person} and organization_id = ${organization} order by 1`;
	return rows.map((row) => row.site_id);
}

async function sites(): Promise<string[]> {
	const rows = await sql<{ id: string }[]>`
		select id from public.sites where organization_id = ${organization} order by id`;
	return rows.map(({ id }) => id);
}

describe('within one transaction', () => {
	it('follows each statement, and a rollback', async () => {
		const rolledBack = new Error('rolled back');
		const [first = ''] = await sites();
		const run = sql.begin(async (transaction) => {
			const see = async () =>
				(await transaction`select from private.site_access where user_id = ${member}`).length;
			await transaction`insert into public.site_operators (site_id, organization_id, user_id)
				values (${first}, ${organization}, ${member})`;
			expect(await see()).toBe(1);
			await transaction`update public.memberships set role = 'admin' where user_id = ${member}`;
			expect(await see()).toBe(3);
			await transaction`insert into public.sites (organization_id, name) values (${organization}, 'Fourth')`;
			expect(await see()).toBe(4);
			await transaction`update public.memberships set role = 'operator' where user_id = ${member}`;
			expect(await see()).toBe(1);
			await transaction`update public.memberships set deactivated_at = now() where user_id = ${member}`;
			expect(await see()).toBe(0);
			await transaction`update public.memberships set deactivated_at = null where user_id = ${member}`;
			await transaction`delete from public.sites where id = ${first}`;
			expect(await see()).toBe(0);
			expect(await differences(transaction)).toEqual([]);
			throw rolledBack;
		});
		await expect(run).rejects.toBe(rolledBack);
		expect(await sitesOf(member)).toEqual([]);
		expect(await differences()).toEqual([]);
	});

	it('goes with the account and with the organisation', async () => {
		const [person, team] = [randomUUID(), randomUUID()];
		await sql`insert into auth.users (id, email) values (${person}, ${`${person}@people.test`})`;
		await sql`insert into public.organizations (id, name) values (${team}, 'Short')`;
		await sql`insert into public.sites (organization_id, name) values (${team}, 'Short')`;
		for (const [user, role] of [[owner, 'owner'] as const, [person, 'admin'] as const]) {
			await sql`insert into public.memberships (organization_id, user_id, role) values (${team}, ${user}, ${role})`;
		}
		const left = async () =>
			(
				await sql<{ user_id: string }[]>`
					select user_id from private.site_access where organization_id = ${team}`
			).map((row) => row.user_id);
		expect((await left()).toSorted()).toEqual([owner, person].toSorted());
		await sql`delete from auth.users where id = ${person}`;
		expect(await left()).toEqual([owner]);
		await sql`update public.organizations set deleted_at = now() where id = ${team}`;
		await sql`delete from public.organizations where id = ${team}`;
		expect(await left()).toEqual([]);
	});

	it('is refused where an old snapshot would decide', async () => {
		const run = sql.begin('isolation level repeatable read', async (transaction) => {
			await transaction`update public.memberships set role = 'admin' where user_id = ${member}`;
		});
		await expect(run).rejects.toMatchObject({ code: '0A000' });
	});
});

/** Two changes at once: the second one begins while the first is not committed, and must wait for it. */
async function overlap(
	first: (transaction: Statements) => Promise<unknown>,
	second: (transaction: Statements) => Promise<unknown>
): Promise<void> {
	let waiting: Promise<unknown> = Promise.resolve();
	await sql.begin(async (transaction) => {
		await first(transaction);
		const [mine] = await transaction<{ pid: number }[]>`select pg_backend_pid() as pid`;
		waiting = sql.begin(second);
		const isWaiting = async () =>
			(
				await sql`select from pg_stat_activity where ${mine?.pid ?? 0} = any (pg_blocking_pids(pid))`
			).length > 0;
		await expect.poll(isWaiting, { timeout: 20_000, interval: 20 }).toBe(true);
	});
	await waiting;
	expect(await differences()).toEqual([]);
}

describe('two changes at once', () => {
	const assign = (site: string) => (on: Statements) =>
		on`insert into public.site_operators (site_id, organization_id, user_id) values (${site}, ${organization}, ${member})`;
	const deactivate = (on: Statements) =>
		on`update public.memberships set deactivated_at = now() where user_id = ${member} and organization_id = ${organization}`;
	const promote = (on: Statements) =>
		on`update public.memberships set role = 'admin' where user_id = ${member} and organization_id = ${organization}`;
	const addSite = (on: Statements) =>
		on`insert into public.sites (organization_id, name) values (${organization}, 'New')`;

	it('an assignment and a deactivation leave no access, in either order', async () => {
		const [one = '', two = ''] = await sites();
		await overlap(assign(one), deactivate);
		expect(await sitesOf(member)).toEqual([]);
		await sql`update public.memberships set deactivated_at = null where user_id = ${member}`;
		expect(await sitesOf(member)).toEqual([one]);
		await overlap(deactivate, assign(two));
		expect(await sitesOf(member)).toEqual([]);
	});

	it('a new site and a new admin meet, in either order', async () => {
		await overlap(addSite, promote);
		expect(await sitesOf(member)).toHaveLength(4);
		await sql`update public.memberships set role = 'operator' where user_id = ${member}`;
		await overlap(promote, addSite);
		expect(await sitesOf(member)).toHaveLength(5);
	});
});

type Act = (random: Random, on: postgres.TransactionSql) => Promise<unknown>;

const some = (random: Random, of: readonly string[]) => of.filter(() => random.chance(0.4));
const one = (random: Random, of: readonly string[]) => random.pick(of) ?? randomUUID();

const acts: Readonly<Record<string, Act>> = {
	role: (random, on) =>
		on`select public.set_member_role(${organization}, ${one(random, people)}, ${one(random, ['owner', 'admin', 'operator'])}::public.member_role)`,
	active: (random, on) =>
		on`select public.set_member_active(${organization}, ${one(random, people)}, ${random.chance(0.6)})`,
	memberSites: async (random, on) =>
		on`select public.set_member_sites(${organization}, ${one(random, people)}, ${some(random, await sites())}::uuid[])`,
	siteOperators: async (random, on) =>
		on`select public.set_site_operators(${one(random, await sites())}, ${some(random, people)}::uuid[])`,
	addSite: (random, on) =>
		on`select public.create_site(${uuidv7()}, ${organization}, ${`Site ${random.next()}`})`,
	remove: (random, on) =>
		on`select public.remove_member(${organization}, ${one(random, people.slice(1))})`,
	leave: (_random, on) => on`select public.leave_organization(${organization})`,
	// What an accepted invitation and an erased site come down to.
	join: async (random, on) => {
		await asService(on);
		await on`select app.lock_team(${organization})`;
		await join(on, one(random, people), 'operator');
	},
	removeSite: async (random, on) => {
		await asService(on);
		await on`select app.lock_team(${organization})`;
		await on`delete from public.sites where id = ${one(random, await sites())}`;
	}
};

const asService = (on: Statements) => on`select set_config('role', 'postgres', true)`;

describe(`changes of a team by many at once (seed ${seed})`, () => {
	it('leave what the rule says after each of them', async () => {
		const random = new Random(seed);
		const names = Object.keys(acts);
		const outcomes = new Map<string, number>();
		const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

		const worker = async (draws: Random): Promise<void> => {
			for (let turn = 0; turn < 25; turn++) {
				const act = acts[draws.pick(names) ?? ''];
				await sql
					.begin(async (transaction) => {
						await become(transaction, one(draws, people.slice(0, 3)));
						await act?.(draws, transaction);
						await asService(transaction);
						expect(await differences(transaction)).toEqual([]);
						count('done');
					})
					.catch((error: unknown) => {
						// A refusal is an answer; anything else, a deadlock above all, is a mistake.
						if (!(error instanceof postgres.PostgresError) || !error.code.startsWith('PT'))
							throw error;
						count('refused');
					});
			}
		};
		await sql`delete from private.rate_buckets where key = ${`site:${organization}`}`;
		await Promise.all(Array.from({ length: 6 }, (_, n) => worker(random.branch(String(n)))));
		expect(outcomes.get('done')).toBeGreaterThan(20);
		expect(await differences()).toEqual([]);
	});
});
