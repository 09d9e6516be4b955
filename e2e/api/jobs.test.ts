import type { ClaimedJobs, JobList } from '@chatiq/contracts/jobs';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { enqueue, storedJob } from '../support/jobs.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let other: Tenant;
let admin: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	[tenant, other] = await Promise.all([
		createTenant(backend, sql, 'Working'),
		createTenant(backend, sql, 'Also working')
	]);
	admin = await tenant.addMember('admin');
});
afterAll(() => sql.end());

class Undone extends Error {}

/** Looks at the engine alone: nothing of this is ever committed, so the worker does not interfere. */
async function alone(look: (sql: postgres.TransactionSql) => Promise<void>): Promise<void> {
	const looked = sql.begin(async (write) => {
		// Neither what other tests left behind.
		await write`delete from private.jobs`;
		await look(write);
		throw new Undone();
	});
	await expect(looked).rejects.toBeInstanceOf(Undone);
}

async function claim(write: postgres.TransactionSql, most: number): Promise<ClaimedJobs> {
	const [row] = await write<{ claimed: ClaimedJobs }[]>`
		select public.claim_jobs(${most}, 60) as claimed`;
	if (!row) throw new Error('no answer');
	return row.claimed;
}

const insert = (
	write: postgres.TransactionSql,
	{ organization }: Tenant,
	count: number,
	priority = 5
) =>
	write`
		insert into private.jobs (kind, organization_id, priority, payload)
		select 'spare', ${organization}, ${priority}, jsonb_build_object('organization', ${organization}::text, 'priority', ${priority}::integer)
		from generate_series(1, ${count}::integer)`;

const organizationsOf = ({ jobs }: ClaimedJobs) =>
	jobs.map(({ payload }) => (payload as { organization: string }).organization);

describe('claims', () => {
	it('are shared equally, however long one line is', () =>
		alone(async (write) => {
			await insert(write, tenant, 3_000);
			await insert(write, other, 4);
			const first = organizationsOf(await claim(write, 10));
			expect(first).toHaveLength(10);
			expect(first.filter((id) => id === other.organization)).toHaveLength(4);
			expect(organizationsOf(await claim(write, 10))).toEqual(Array(10).fill(tenant.organization));
		}));

	it('take the most urgent of each line first, and nothing before its time', () =>
		alone(async (write) => {
			await insert(write, tenant, 3, 7);
			await insert(write, tenant, 2, 1);
			await write`
				insert into private.jobs (kind, organization_id, priority, run_at)
				values ('spare', ${tenant.organization}, 0, now() + interval '30 seconds')`;
			const { jobs } = await claim(write, 3);
			expect(jobs.map(({ payload }) => (payload as { priority: number }).priority)).toEqual([
				1, 1, 7
			]);
			expect((await claim(write, 10)).jobs).toHaveLength(2);
			const rest = await claim(write, 10);
			expect(rest.jobs).toEqual([]);
			expect(rest.next_due_seconds).toBe(30);
		}));

	it('hold a job until the lease ends; whoever comes late changes nothing', () =>
		alone(async (write) => {
			await insert(write, tenant, 1);
			const dead = await claim(write, 1);
			const [id = ''] = dead.jobs.map((job) => job.id);
			expect((await claim(write, 1)).jobs).toEqual([]);
			await write`update private.jobs set run_at = now(), leased_until = now() where id = ${id}`;
			const alive = await claim(write, 1);
			expect(alive.jobs).toMatchObject([{ id, attempts: 2 }]);
			const complete = async (lease: string) =>
				(await write`select public.complete_jobs(${lease}, ${[id]}) as count`)[0]?.[
					'count'
				] as number;
			const held = await write`select public.extend_jobs(${dead.lease_id}, ${[id]}) as ids`;
			expect(held[0]?.['ids']).toEqual([]);
			expect(await complete(dead.lease_id)).toBe(0);
			expect(await complete(alive.lease_id)).toBe(1);
			expect(await complete(alive.lease_id)).toBe(0);
		}));

	it('give up a job whose worker died each time', () =>
		alone(async (write) => {
			await insert(write, tenant, 1);
			await write`update private.jobs set attempts = max_attempts`;
			expect((await claim(write, 1)).jobs).toEqual([]);
			const [job] = await write`select dead_at is not null as dead, last_error from private.jobs`;
			expect(job).toMatchObject({
				dead: true,
				last_error: expect.stringContaining('worker') as string
			});
		}));
});

describe('a failed try', () => {
	async function failOnce(
		write: postgres.TransactionSql,
		{ attempts = 0, retryAfter = null as number | null, final = false } = {}
	): Promise<{ wait: number; dead: boolean }> {
		await write`delete from private.jobs`;
		await insert(write, tenant, 1);
		await write`update private.jobs set attempts = ${attempts}`;
		const { lease_id, jobs } = await claim(write, 1);
		await write`select public.fail_job(${lease_id}, ${jobs[0]?.id ?? null}, 'no', ${retryAfter}, ${final})`;
		const [job] = await write<{ wait: number; dead: boolean }[]>`
			select extract(epoch from run_at - now())::float as wait, dead_at is not null as dead from private.jobs`;
		if (!job) throw new Error('no job');
		return job;
	}

	it('is followed by another, later each time and never at the same moment', () =>
		alone(async (write) => {
			const waits = [];
			for (const attempts of [0, 0, 0, 0, 3, 9])
				waits.push((await failOnce(write, { attempts })).wait);
			expect(new Set(waits).size).toBe(waits.length);
			for (const wait of waits.slice(0, 4)) expect(Math.abs(wait - 2)).toBeLessThanOrEqual(0.5);
			expect(waits[4]).toBeGreaterThan(40);
			expect(waits[5]).toBeGreaterThan(16_000);
			expect(waits[5]).toBeLessThan(28_000);
		}));

	it('waits as long as the other side asked for', () =>
		alone(async (write) => {
			expect((await failOnce(write, { retryAfter: 600 })).wait).toBe(600);
			expect((await failOnce(write, { retryAfter: 1e9 })).wait).toBe(86_400);
		}));

	it('is the last when it was final, or the tries are used up', () =>
		alone(async (write) => {
			expect((await failOnce(write)).dead).toBe(false);
			expect((await failOnce(write, { final: true })).dead).toBe(true);
			expect((await failOnce(write, { attempts: 11 })).dead).toBe(true);
		}));
});

describe('for admins', () => {
	const list = (state: string, by = admin) =>
		by.client.rpc('list_jobs', { organization_id: tenant.organization, state });
	const found = async (state: string, id: string) =>
		((await list(state).throwOnError()).data as unknown as JobList).jobs.find(
			(job) => job.id === id
		);

	it('a job that fails shows why, may be tried at once and be given up; its payload stays hidden', async () => {
		const id = await enqueue(sql, {
			kind: 'unheard_of',
			organization: tenant.organization,
			payload: { email: 'somebody@people.test', site_id: tenant.site.id }
		});
		await expect
			.poll(() => found('failed', id))
			.toMatchObject({
				attempts: 1,
				site_id: tenant.site.id,
				last_error: expect.stringContaining('unheard_of') as string
			});
		expect(JSON.stringify(await found('failed', id))).not.toContain('somebody');
		await admin.client.rpc('retry_job', { job_id: id }).throwOnError();
		await expect.poll(async () => (await storedJob(sql, id))?.attempts).toBeGreaterThan(1);
		const discard = () => admin.client.rpc('discard_job', { job_id: id });
		await expect.poll(async () => (await discard()).data).toMatchObject({ state: 'discarded' });
		// A repeat after a lost answer, and a retry too late.
		expect((await discard()).data).toMatchObject({ state: 'discarded' });
		const { data } = await admin.client.rpc('retry_job', { job_id: id });
		expect(data).toMatchObject({ state: 'discarded' });
	});

	it('a dead job comes back', async () => {
		const id = await enqueue(sql, { kind: 'refresh_stats', organization: tenant.organization });
		await expect.poll(() => found('dead', id)).toMatchObject({ attempts: 1, state: 'dead' });
		await admin.client.rpc('retry_job', { job_id: id }).throwOnError();
		await expect.poll(() => found('dead', id)).toMatchObject({ attempts: 2 });
	});

	it('of this organisation alone', async () => {
		const operator = await tenant.addMember('operator');
		expect((await list('dead', operator)).error?.message).toBe('forbidden');
		const stranger = await other.addMember('owner');
		expect((await list('dead', stranger)).error?.message).toBe('organization_not_found');
	});
});

it('a change of settings is in the public file at once', async () => {
	const file = async () =>
		(
			await fetch(`${backend.url}/storage/v1/object/public/site-files/${tenant.site.site_key}.json`)
		).text();
	for (const color of ['#112233', '#445566']) {
		const started = performance.now();
		await admin.client
			.from('widget_settings')
			.update({ primary_color: color })
			.eq('site_id', tenant.site.id)
			.throwOnError();
		await expect.poll(file, { interval: 20, timeout: 10_000 }).toContain(color);
		console.log(`published after ${Math.round(performance.now() - started)} ms`);
	}
});

it('statistics are counted by jobs of the schedule, once an hour and day', async () => {
	const visitor = await tenant.addVisitor();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: crypto.randomUUID(),
			message_id: crypto.randomUUID(),
			body: 'Hello'
		})
		.throwOnError();
	await sql`select app.enqueue_stats_refresh(), app.enqueue_stats_refresh()`;
	const counted = async () =>
		(
			await sql`select sum(conversations_started)::integer as started from public.daily_stats
				where site_id = ${tenant.site.id} and operator_id is null`
		)[0]?.['started'] as number | null;
	await expect.poll(counted).toBe(1);
	const [jobs] = await sql`
		select count(*)::integer from private.jobs where kind = 'refresh_stats' and payload ->> 'site_id' = ${tenant.site.id}`;
	expect(jobs?.['count']).toBe(3);
});

it('a deleted organisation goes with all that it had, its public file included', async () => {
	const doomed = await createTenant(backend, sql, 'Doomed');
	const owner = await doomed.addMember('owner');
	const visitor = await doomed.addVisitor();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: crypto.randomUUID(),
			message_id: crypto.randomUUID(),
			body: 'Hello'
		})
		.throwOnError();
	const url = `${backend.url}/storage/v1/object/public/site-files/${doomed.site.site_key}.json`;
	await expect.poll(async () => (await fetch(url)).status).toBe(200);
	await owner.client
		.rpc('delete_organization', { organization_id: doomed.organization, name: 'Doomed' })
		.throwOnError();
	const left = async () =>
		(await sql`select from public.organizations where id = ${doomed.organization}`).length;
	await expect.poll(left).toBe(0);
	await expect.poll(async () => (await fetch(url)).ok).toBe(false);
});
