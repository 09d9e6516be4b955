import { uuidv7 } from '@chatiq/contracts/ids';
import type { NotificationPreferences } from '@chatiq/contracts/notifications';
import type postgres from 'postgres';
import { afterAll, beforeEach, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { passTime } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let owner: Person;
let operator: Person;

beforeAll(() => {
	sql = connectSql(backend);
});
afterAll(() => sql.end());
beforeEach(async () => {
	tenant = await createTenant(backend, sql, 'Reports');
	[owner, operator] = await Promise.all([tenant.addMember('owner'), tenant.addMember('operator')]);
	await sql`update public.sites set missed_chat_minutes = null where id = ${tenant.site.id}`;
});

/** Mondays and Tuesdays that nobody else's schedule comes by. */
const monday = '2031-03-03';
const tuesday = '2031-03-04';

async function comeBy(at: string): Promise<void> {
	await sql`select app.enqueue_mail_reports(${at})`;
	const left = async () => {
		await passTime(sql, tenant.organization);
		const [row] = await sql<{ count: number }[]>`
			select count(*)::integer from private.jobs
			where organization_id = ${tenant.organization} and kind in ('digest', 'weekly_report') and finished_at is null`;
		return row?.count;
	};
	await expect.poll(left, { interval: 100 }).toBe(0);
}

async function prefer({ client }: Person, wanted: Partial<NotificationPreferences>): Promise<void> {
	const { data } = await client.rpc('get_notification_preferences').throwOnError();
	const preferences = { ...(data as object), ...wanted } as never;
	await client.rpc('set_notification_preferences', { preferences }).throwOnError();
}

async function visitorWaits(body: string): Promise<string> {
	const id = uuidv7();
	const { client } = await tenant.addVisitor();
	const start = { conversation_id: id, message_id: uuidv7(), body, visitor: { name: 'Ann <b>' } };
	await client.rpc('start_conversation', start).throwOnError();
	await sql`update public.conversations set waiting_since = now() - interval '2 hours' where id = ${id}`;
	return id;
}

const mailsOf = async ({ email }: Person) => mailsTo(backend, email);

it('the digest tells who waits, in the morning of the reader, once a day, and only who asked for it', async () => {
	const waiting = await visitorWaits('Is anybody there?');
	const taken = await visitorWaits('Mine is in good hands');
	await owner.client
		.rpc('assign_conversation', { conversation_id: taken, assignee_id: owner.id })
		.throwOnError();
	await prefer(operator, { digest: true, time_zone: 'America/New_York' });
	await comeBy(`${tuesday}T08:30:00Z`);
	expect(await mailsOf(operator)).toEqual([]);
	await comeBy(`${tuesday}T13:30:00Z`);
	await comeBy(`${tuesday}T14:30:00Z`);
	const [mail, ...more] = await mailsOf(operator);
	expect(more).toEqual([]);
	expect(mail?.subject).toBe('Waiting for an answer at Reports: 1');
	expect(mail?.text).toContain('Is anybody there?');
	expect(mail?.text).toContain(`${backend.url}/inbox/${waiting}`);
	expect(mail?.text).not.toContain('good hands');
	expect(mail?.html).toContain('Ann &lt;b&gt;');
	expect(await mailsOf(owner)).toEqual([]);
});

it('the digest is quiet when nobody waits, and one click ends it alone', async () => {
	await prefer(operator, { digest: true });
	await comeBy(`${monday}T08:30:00Z`);
	expect(await mailsOf(operator)).toEqual([]);
	await visitorWaits('Hello');
	await comeBy(`${tuesday}T08:30:00Z`);
	const [mail] = await mailsOf(operator);
	const token = /\/unsubscribe\/(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
	const url = `${backend.url}/functions/v1/unsubscribe?token=${token}`;
	expect((await fetch(url, { method: 'POST' })).status).toBe(200);
	const { data } = await operator.client.rpc('get_notification_preferences').throwOnError();
	expect(data).toMatchObject({ digest: false, weekly_report: true });
	await comeBy('2031-03-05T08:30:00Z');
	expect(await mailsOf(operator)).toHaveLength(1);
	const [optOut] =
		await sql`select from private.mail_opt_outs where organization_id = ${tenant.organization}`;
	expect(optOut).toBeUndefined();
});

/** A day as the statistics have counted it. */
async function countDay(
	day: string,
	numbers: { started: number; missed: number; seconds: number[]; ratings: number[] }
) {
	const empty = `{${Array<number>(18).fill(0).join(',')}}`;
	const hours = `{${Array<number>(24).fill(0).join(',')}}`;
	await sql`
		insert into public.daily_stats (
			organization_id, site_id, day, conversations_started, missed, rating_count, rating_good,
			first_response_histogram, resolution_histogram, visitor_messages_by_hour, first_response_steps
		)
		values (
			${tenant.organization}, ${tenant.site.id}, ${day}, ${numbers.started}, ${numbers.missed},
			${numbers.ratings.length}, ${numbers.ratings.filter((score) => score >= 4).length},
			${empty}, ${empty}, ${hours},
			(select app.count_steps(array_agg(app.duration_step(second))) from unnest(${numbers.seconds}::double precision[]) as second)
		)`;
}

it('the weekly report compares the week with the one before, on Monday, for owners and admins', async () => {
	const admin = await tenant.addMember('admin');
	await admin.client.from('profiles').update({ language: 'uk' }).eq('id', admin.id).throwOnError();
	await countDay('2031-02-16', { started: 99, missed: 99, seconds: [], ratings: [] });
	await countDay('2031-02-19', { started: 8, missed: 2, seconds: [60, 60], ratings: [1, 5] });
	await countDay('2031-02-24', { started: 4, missed: 1, seconds: [30], ratings: [5] });
	await countDay('2031-03-02', {
		started: 8,
		missed: 1,
		seconds: [300, 90, 90],
		ratings: [5, 2, 4]
	});
	await countDay('2031-03-03', { started: 99, missed: 99, seconds: [], ratings: [] });
	await comeBy(`${tuesday}T08:30:00Z`);
	expect(await mailsOf(owner)).toEqual([]);
	await comeBy(`${monday}T07:30:00Z`);
	expect(await mailsOf(owner)).toEqual([]);
	await comeBy(`${monday}T08:19:00Z`);
	await comeBy(`${monday}T09:19:00Z`);
	const [mail, ...more] = await mailsOf(owner);
	expect(more).toEqual([]);
	expect(mail?.subject).toBe('Reports: the week from February 24 to March 2');
	expect(mail?.text).toContain('Conversations: 12; the week before 8, +50%');
	expect(mail?.text).toContain('Missed: 2; the week before 2, no change');
	expect(mail?.text).toMatch(
		/First answer \(median\): [12] min(?: \d+ sec)?; the week before 59 sec, \+\d\d%/
	);
	expect(mail?.text).toContain('Happy visitors: 75% (4); the week before 50% (2), +25 points');
	expect(mail?.text).toContain(`${backend.url}/analytics?from=2031-02-24&to=2031-03-02`);
	expect((await mailsOf(admin)).map(({ subject }) => subject)).toEqual([
		'Reports: тиждень 24 лютого – 2 березня'
	]);
	expect(await mailsOf(operator)).toEqual([]);
});

it('there is no weekly report of weeks without a conversation, and none for who does not want it', async () => {
	await comeBy(`${monday}T08:19:00Z`);
	expect(await mailsOf(owner)).toEqual([]);
	await countDay('2031-03-05', { started: 1, missed: 0, seconds: [20], ratings: [] });
	await prefer(owner, { weekly_report: false });
	await comeBy('2031-03-10T08:19:00Z');
	expect(await mailsOf(owner)).toEqual([]);
	await prefer(owner, { weekly_report: true });
	await comeBy('2031-03-17T08:19:00Z');
	expect(await mailsOf(owner)).toHaveLength(1);
});
