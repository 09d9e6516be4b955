import type { LateReplies } from '@chatiq/contracts/analytics';
import type { InboxConversation } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import {
	closeDoors,
	createTenant,
	type Person,
	type Tenant,
	type Visitor
} from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let owner: Person;
let operator: Person;
let visitor: Visitor;
let id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Times');
	[owner, operator] = await Promise.all([tenant.addMember('owner'), tenant.addMember('operator')]);
});
afterAll(() => sql.end());
beforeEach(async () => {
	await targets({ first_reply_minutes: 4, next_reply_minutes: 8 });
	[visitor, id] = [await tenant.addVisitor(), uuidv7()];
	await visitor.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});

const targets = (columns: {
	first_reply_minutes?: number | null;
	next_reply_minutes?: number | null;
	reply_in_hours?: boolean;
}) => owner.client.from('sites').update(columns).eq('id', tenant.site.id).throwOnError();
const say = () =>
	visitor.client
		.rpc('send_visitor_message', { conversation_id: id, message_id: uuidv7(), body: 'And?' })
		.throwOnError();
const answer = (visibility: 'public' | 'team' = 'public') =>
	operator.client
		.rpc('send_operator_message', {
			...{ message_id: uuidv7(), conversation_id: id, body: 'Yes', seen_seq: 100, visibility }
		})
		.throwOnError();
const row = async () =>
	(await operator.client.rpc('get_inbox_conversation', { conversation_id: id }).throwOnError())
		.data as unknown as InboxConversation;

const day = (offset: number) =>
	new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** How many minutes the visitor may wait, and after how many it is urgent. */
async function minutes(): Promise<(number | null)[]> {
	const { waiting_since, reply_due_at, reply_warn_at } = await row();
	return [reply_due_at, reply_warn_at].map((at) =>
		at === null ? null : (Date.parse(at) - Date.parse(waiting_since ?? '')) / 60_000
	);
}

/** As if this many minutes had passed, and the schedule had run. */
async function pass(many: number): Promise<void> {
	await sql`
		update public.conversations set
			reply_due_at = reply_due_at - ${`${many} minutes`}::interval,
			reply_warn_at = reply_warn_at - ${`${many} minutes`}::interval,
			reply_watch_at = reply_watch_at - ${`${many} minutes`}::interval
		where id = ${id}`;
	await sql`select app.run_every_minute()`;
}
const warned = async () =>
	(
		await sql<{ user_id: string }[]>`
			select user_id from public.notifications where conversation_id = ${id} and kind = 'reply_due'`
	).map(({ user_id }) => user_id);
const late = async () =>
	(
		await operator.client
			.from('overdue_replies')
			.select('first, ended_at')
			.eq('conversation_id', id)
			.throwOnError()
	).data;

it('counts from the first word that waits, with another target once somebody has answered', async () => {
	expect(await minutes()).toEqual([4, 3]);
	await say();
	await answer('team');
	expect(await minutes()).toEqual([4, 3]);
	await answer();
	expect(await minutes()).toEqual([null, null]);
	await say();
	expect(await minutes()).toEqual([8, 6]);
	expect(await late()).toEqual([]);
});

it('goes with the settings, also for those who wait already', async () => {
	await targets({ first_reply_minutes: 10 });
	expect(await minutes()).toEqual([10, 7.5]);
	await targets({ first_reply_minutes: null });
	expect(await minutes()).toEqual([null, null]);
});

it.each([0, 10_081, 1.5])('refuses a target of %s minutes', async (first_reply_minutes) => {
	const { error } = await owner.client
		.from('sites')
		.update({ first_reply_minutes })
		.eq('id', tenant.site.id);
	expect(error).not.toBeNull();
});

describe('when time runs out', () => {
	it('warns whoever has it, once, and writes down what is late until it is answered', async () => {
		await owner.client
			.rpc('assign_conversation', { conversation_id: id, assignee_id: operator.id })
			.throwOnError();
		await pass(2);
		expect(await warned()).toEqual([]);
		await pass(1.5);
		expect([await warned(), await late()]).toEqual([[operator.id], []]);
		await pass(1);
		await pass(0);
		expect(await warned()).toEqual([operator.id]);
		expect(await late()).toEqual([{ first: true, ended_at: null }]);
		await answer();
		expect(await late()).toEqual([{ first: true, ended_at: expect.any(String) as string }]);
		const read = async ({ client }: Person, of?: Person): Promise<LateReplies> => {
			const period = { from_day: day(-1), to_day: day(1), site_ids: [tenant.site.id] };
			const who = of && { operator_id: of.id };
			const { data } = await client.rpc('read_late_replies', { ...period, ...who }).throwOnError();
			return data as unknown as LateReplies;
		};
		const mine = { key: operator.id, first: 1, next: 0 };
		const all = await read(owner);
		expect(all.operators).toContainEqual(mine);
		expect(all.sites).toEqual([{ ...all.sites[0], key: tenant.site.id }]);
		expect(all.days.reduce((sum, { first }) => sum + first, 0)).toBe(all.sites[0]?.first);
		// By name, an operator sees their own.
		expect((await read(operator)).operators.filter(({ key }) => key !== null)).toEqual([mine]);
		await sql`update public.overdue_replies set assignee_id = ${owner.id} where conversation_id = ${id}`;
		expect((await read(owner)).operators).toContainEqual({ ...mine, key: owner.id });
		expect((await read(operator)).operators.filter(({ key }) => key !== null)).toEqual([]);
		// Nor by asking for somebody, or in the table.
		const told = await operator.client.from('overdue_replies').select('assignee_id');
		expect(told.error?.code).toBe('42501');
		const nothing = {
			days: [],
			sites: [{ key: tenant.site.id, first: 0, next: 0 }],
			operators: []
		};
		expect(await read(operator, owner)).toEqual(nothing);
		expect(await read(owner, owner)).toMatchObject({ sites: [{ first: 1 }] });
	});

	it('warns everybody on the site when nobody has it', async () => {
		await pass(3.5);
		expect((await warned()).sort()).toEqual([owner.id, operator.id].sort());
	});

	it('knows of a late answer that came before the schedule looked', async () => {
		await sql`update public.conversations set reply_due_at = now() - interval '1 second' where id = ${id}`;
		await answer();
		expect(await late()).toMatchObject([{ first: true, ended_at: expect.any(String) as string }]);
	});

	it('leaves in peace what was put away', async () => {
		const until = new Date(Date.now() + 3_600_000).toISOString();
		await operator.client.rpc('snooze_conversation', { conversation_id: id, until }).throwOnError();
		await pass(9);
		expect([await warned(), await late()]).toEqual([[], []]);
	});
});

it('counts business hours only, unless the site says otherwise', async () => {
	const other = await createTenant(backend, sql, 'Closed');
	const admin = await other.addMember('admin');
	await closeDoors(other, admin);
	await admin.client
		.from('sites')
		.update({ first_reply_minutes: 4 })
		.eq('id', other.site.id)
		.throwOnError();
	const guest = await other.addVisitor();
	const conversation_id = uuidv7();
	await guest.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Night' })
		.throwOnError();
	const due = async () => {
		const { data } = await admin.client
			.rpc('get_inbox_conversation', { conversation_id })
			.throwOnError();
		const { reply_due_at, waiting_since } = data as unknown as InboxConversation;
		return (Date.parse(reply_due_at ?? '') - Date.parse(waiting_since ?? '')) / 60_000;
	};
	const [hours] = await sql<{ reopens: Date }[]>`
		select reopens_at as reopens from app.business_status(${other.site.id})`;
	const [begun] = await sql<{ waiting: Date }[]>`
		select waiting_since as waiting from public.conversations where id = ${conversation_id}`;
	const closedFor = ((hours?.reopens.getTime() ?? 0) - (begun?.waiting.getTime() ?? 0)) / 60_000;
	expect(await due()).toBeCloseTo(closedFor + 4, 2);
	// The doors open after all: for whoever waits already too.
	for (const offset of [-1, 0, 1])
		await admin.client
			.rpc('set_special_day', {
				...{ site_id: other.site.id, day: day(offset) },
				hours: [{ opens: '00:00', closes: '24:00' }]
			})
			.throwOnError();
	expect(await due()).toBe(4);
	await closeDoors(other, admin);
	expect(await due()).toBeCloseTo(closedFor + 4, 2);
	const change = (columns: { time_zone?: string; reply_in_hours?: boolean }) =>
		admin.client.from('sites').update(columns).eq('id', other.site.id).throwOnError();
	// So for the hours of the week, and for the time zone that they are in.
	await change({ time_zone: 'UTC' });
	for (const offset of [-1, 0, 1])
		await admin.client
			.rpc('clear_special_day', { site_id: other.site.id, day: day(offset) })
			.throwOnError();
	const inThreeDays = ((new Date().getUTCDay() + 2) % 7) + 1;
	await admin.client
		.rpc('set_business_hours', {
			site_id: other.site.id,
			hours: [{ weekday: inThreeDays, opens: '09:00', closes: '18:00' }]
		})
		.throwOnError();
	const inUtc = await due();
	expect(inUtc).toBeGreaterThan(2 * 24 * 60);
	await change({ time_zone: 'Asia/Tokyo' });
	expect(await due()).toBeCloseTo(inUtc - 9 * 60, 2);
	await change({ reply_in_hours: false });
	expect(await due()).toBe(4);
});
