import type { SiteStats } from '@chatiq/contracts/stats';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;
let site_id: string;

/** A Sunday on which Kyiv put its clocks back: 25 hours, from 21:00 to 22:00 in UTC. */
const day = '2025-10-26';

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Stats');
	site_id = tenant.site.id;
	await sql`update public.sites set time_zone = 'Europe/Kyiv' where id = ${site_id}`;
	[admin, operator] = await Promise.all([tenant.addMember('admin'), tenant.addMember('operator')]);
	await converse('2025-10-25T20:59:59Z', []);
	await converse('2025-10-25T21:00:00Z', [['operator', 25]], { closedAfter: 3000, score: 5 });
	await converse('2025-10-26T12:30:00Z', [
		['bot', 1],
		['visitor', 30],
		['operator', 400],
		['operator', 500]
	]);
	await converse('2025-10-26T21:59:59Z', [['operator', 24 * 3600 + 1]]);
	await converse('2025-10-26T22:00:00Z', [['operator', 1]]);
});
afterAll(() => sql.end());

type Line = ['visitor' | 'operator' | 'bot', number];

/** A conversation in the past: the visitor begins, the others follow after so many seconds. */
async function converse(
	start: string,
	lines: Line[],
	{ closedAfter, score }: { closedAfter?: number; score?: number } = {}
): Promise<void> {
	const [id, visitor] = [uuidv7(), uuidv7()];
	const at = (seconds: number) => new Date(Date.parse(start) + seconds * 1000).toISOString();
	await sql`insert into public.visitors (id, organization_id, site_id)
		values (${visitor}, ${tenant.organization}, ${site_id})`;
	await sql`insert into public.conversations (id, organization_id, site_id, visitor_id, created_at, assignee_id)
		values (${id}, ${tenant.organization}, ${site_id}, ${visitor}, ${start}, ${operator.id})`;
	for (const [kind, seconds] of [['visitor', 0] as Line, ...lines]) {
		const author = { visitor, operator: operator.id, bot: null }[kind];
		await sql`insert into public.messages (id, conversation_id, author_kind, author_id, body, created_at)
			values (${uuidv7()}, ${id}, ${kind}, ${author}, 'x', ${at(seconds)})`;
	}
	if (closedAfter !== undefined) {
		await sql`update public.conversations set status = 'closed', closed_at = ${at(closedAfter)} where id = ${id}`;
	}
	if (score !== undefined) {
		await sql`insert into public.ratings (conversation_id, organization_id, site_id, operator_id, score, created_at)
			values (${id}, ${tenant.organization}, ${site_id}, ${operator.id}, ${score}, ${at(60)})`;
	}
}

const refresh = (on = day) => sql`select app.refresh_daily_stats(${site_id}, ${on})`;

const stats = async (by: Person, part: Record<string, unknown> = {}) =>
	(await by.client.rpc('site_stats', { from_day: day, to_day: day, ...part }).throwOnError())
		.data as unknown as SiteStats;

it('counts a day of the site in its own zone, the same however often and by how many at once', async () => {
	await Promise.all([refresh(), refresh(), refresh()]);
	const rows =
		await sql`select from public.daily_stats where site_id = ${site_id} and day = ${day}`;
	expect(rows.length).toBe(2);
	const { total, days, bounds } = await stats(admin);
	expect(total).toMatchObject({
		conversations_started: 3,
		conversations_closed: 1,
		missed: 1,
		visitor_messages: 4,
		operator_messages: 3,
		bot_messages: 1,
		first_response_count: 2,
		first_response_seconds: 425,
		resolution_count: 1,
		resolution_seconds: 3000,
		rating_count: 1,
		rating_sum: 5
	});
	const buckets = total.first_response_histogram.flatMap((count, place) =>
		count === 0 ? [] : [[bounds[place], count]]
	);
	expect(buckets).toEqual([
		[30, 1],
		[600, 1]
	]);
	const hours = total.visitor_messages_by_hour.flatMap((count, hour) =>
		count === 0 ? [] : [[hour, count]]
	);
	expect(hours).toEqual([
		[0, 1],
		[14, 2],
		[23, 1]
	]);
	expect(days.map((row) => row.day)).toEqual([day]);
});

it('agrees with the raw rows over all days', async () => {
	for (const on of ['2025-10-25', '2025-10-27', '2025-10-28']) await refresh(on);
	const { total } = await stats(admin, { from_day: '2025-10-25', to_day: '2025-10-28' });
	const [raw] = await sql`select
		(select count(*)::integer from public.conversations where site_id = ${site_id}) as conversations_started,
		(select count(*)::integer from public.messages where site_id = ${site_id} and author_kind = 'visitor') as visitor_messages,
		(select count(*)::integer from public.messages where site_id = ${site_id} and author_kind = 'operator') as operator_messages`;
	expect(total).toMatchObject({ ...raw });
	expect(total.first_response_count).toBe(4);
});

it('shows operators the site and themselves, admins everybody, strangers nothing', async () => {
	await refresh();
	const colleague = await tenant.addMember('operator');
	const stranger = await (await createTenant(backend, sql, 'Others')).addMember('owner');
	const operators = async (by: Person) => (await stats(by)).operators.map((row) => row.operator_id);
	expect(await operators(admin)).toEqual([operator.id]);
	expect(await operators(operator)).toEqual([operator.id]);
	expect(await operators(colleague)).toEqual([]);
	expect((await stats(colleague)).total.conversations_started).toBe(3);
	const foreign = await stats(stranger, { site_ids: [site_id] });
	expect([foreign.total.conversations_started, foreign.days, foreign.sites]).toEqual([0, [], []]);
	expect(foreign.total.first_response_histogram).toHaveLength(18);
});

it('refuses a time that is too long', async () => {
	const { error } = await admin.client.rpc('site_stats', { from_day: '2020-01-01', to_day: day });
	expect(error?.message).toBe('invalid_input');
});

it('finds the sites whose days are to be counted, once an hour', async () => {
	const visitor = await tenant.addVisitor();
	await visitor.client
		.rpc('start_conversation', { conversation_id: uuidv7(), message_id: uuidv7(), body: 'Now' })
		.throwOnError();
	await sql`select app.enqueue_stats_refresh()`;
	await sql`select app.enqueue_stats_refresh()`;
	const jobs = await sql`select from private.jobs
		where kind = 'refresh_stats' and payload ->> 'site_id' = ${site_id}`;
	// Six when the hour changed between the two calls.
	expect([3, 6]).toContain(jobs.length);
});
