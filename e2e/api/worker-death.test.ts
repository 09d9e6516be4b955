import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { endLeases, enqueue, passTime } from '../support/jobs.ts';
import { mailsTo, type ReceivedMail } from '../support/mailbox.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';
import { workerProcesses } from '../support/worker-process.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let visitor: Visitor;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Dying');
	operator = await tenant.addMember('operator');
	visitor = await tenant.addVisitor();
	await sql`
		insert into public.rate_limits (organization_id, site_id, kind, scope, burst, per_minute)
		select ${tenant.organization}, ${tenant.site.id}, kind, scope, 1000, 10000
		from unnest(enum_range(null::public.limit_kind)) as kind, unnest(enum_range(null::public.limit_scope)) as scope
		where scope <> 'organization'`;
});
afterAll(() => sql.end());

const count = 30;

async function start(): Promise<string> {
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	return conversation_id;
}

const unfinished = async () =>
	(
		await sql<{ count: number }[]>`
			select count(*)::integer from private.jobs
			where organization_id = ${tenant.organization} and finished_at is null`
	)[0]?.count ?? 0;

async function kill(): Promise<number> {
	const pids = workerProcesses();
	for (const pid of pids) process.kill(pid, 'SIGKILL');
	await expect.poll(() => workerProcesses().filter((pid) => pids.includes(pid))).toEqual([]);
	return pids.length;
}

it('kill -9 in the middle of the work: each effect happens, and happens once', async () => {
	const conversations = await Promise.all(Array.from({ length: count }, start));
	const to = `${crypto.randomUUID()}@visitors.test`;
	const jobs = await Promise.all(
		conversations.map((conversation_id) =>
			enqueue(sql, {
				kind: 'send_transcript',
				organization: tenant.organization,
				payload: { conversation_id, email: to }
			})
		)
	);
	await passTime(sql, tenant.organization);
	let killed = 0;
	for (const share of [0.8, 0.5, 0.2]) {
		// Notifications of missed chats and their mails are made meanwhile: more work appears as it is done.
		// A claim that was on its way at the kill is stored after endLeases: its jobs wait for the end of their lease.
		await expect
			.poll(
				async () => {
					await sql`select app.sweep_jobs()`;
					return (await mailsTo(backend, to)).length;
				},
				{ interval: 20, timeout: 90_000 }
			)
			.toBeGreaterThan(count * (1 - share) - 1);
		killed += await kill();
		await endLeases(sql, tenant.organization);
	}
	expect(killed).toBeGreaterThan(0);
	await expect
		.poll(
			async () => {
				await passTime(sql, tenant.organization);
				return unfinished();
			},
			{ interval: 200, timeout: 90_000 }
		)
		.toBe(0);
	await expectOnce(await mailsTo(backend, to), jobs);
	const { data } = await operator.client
		.from('notifications')
		.select('conversation_id')
		.eq('kind', 'missed_chat');
	const told = (data ?? []).map((row) => row.conversation_id).sort();
	expect(told).toEqual(conversations.toSorted());
	expect(new Set((await mailsTo(backend, operator.email)).map((mail) => mail.messageId)).size).toBe(
		count
	);
}, 400_000);

/** SMTP cannot be asked whether it has a mail: a repeat is possible, and has the Message-ID of the first. */
async function expectOnce(mails: ReceivedMail[], jobs: string[]): Promise<void> {
	const ids = new Set(mails.map((mail) => mail.messageId));
	expect([...ids].sort()).toEqual(jobs.map((id) => `<${id}@localhost>`).sort());
	const repeats = mails.length - ids.size;
	// Only what was on its way at a kill: at most as many as are done at once.
	expect(repeats).toBeLessThanOrEqual(3 * 12);
	const [tries] =
		await sql`select max(attempts)::integer as most from private.jobs where id = any (${jobs})`;
	expect(tries?.['most']).toBeLessThanOrEqual(4);
}
