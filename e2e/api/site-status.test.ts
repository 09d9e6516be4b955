import type { OwnPresence } from '@chatiq/contracts/automation';
import type { Tables } from '@chatiq/contracts/database';
import { type PublicSite, siteFilePath, siteFilesBucket } from '@chatiq/contracts/site';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;
let site: Tables<'sites'>;
let site_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Status');
	[admin, operator] = await Promise.all([tenant.addMember('admin'), tenant.addMember('operator')]);
});
afterAll(() => sql.end());
/** Each test has a site of its own, on which nobody is yet. */
beforeEach(async () => {
	await sql`delete from private.operator_presence where user_id in (${admin.id}, ${operator.id})`;
	site = await tenant.addSite('Status');
	site_id = site.id;
	await admin.client.rpc('set_site_operators', { site_id, user_ids: [operator.id] }).throwOnError();
});

const report = async (
	by: Person,
	args: { idle_seconds?: number; chosen?: 'online' | 'busy' | 'away' }
) => (await by.client.rpc('report_presence', args).throwOnError()).data as unknown as OwnPresence;

/** What open widgets have heard, oldest first. */
const news = async () =>
	(
		await sql<{ payload: PublicSite }[]>`
			select payload from realtime.messages
			where topic = ${`site:${site_id}`} and event = 'business_status_changed' order by inserted_at`
	).map(({ payload: { status, agents } }) => ({
		...status,
		agents: (agents ?? []).map(({ name }) => name)
	}));

const published = { timeout: 20_000 };

const file = async () => {
	const path = `${siteFilesBucket}/${siteFilePath(site.site_key)}`;
	const response = await fetch(`${backend.url}/storage/v1/object/public/${path}`);
	return response.ok ? ((await response.json()) as PublicSite) : null;
};

/** As if this much time had passed since the operator's last report. */
const letTimePass = (person: Person, seconds: number) => sql`
	update private.operator_presence set
		seen_at = seen_at - ${`${seconds} seconds`}::interval,
		active_at = active_at - ${`${seconds} seconds`}::interval
	where user_id = ${person.id}`;

const minute = () => sql`select app.refresh_due_statuses()`;

describe('presence', () => {
	it('makes the site online, once, and away or busy makes it offline', async () => {
		expect(await report(operator, {})).toEqual({ chosen: 'online', presence: 'online' });
		await report(operator, { idle_seconds: 30 });
		await report(operator, { chosen: 'busy' });
		await report(operator, {});
		expect(await report(operator, { chosen: 'away' })).toEqual({
			chosen: 'away',
			presence: 'away'
		});
		expect((await news()).map(({ online }) => online)).toEqual([true, false]);
		await expect.poll(async () => (await file())?.status?.online, published).toBe(false);
	});

	it('is away after ten idle minutes, until the operator does something', async () => {
		expect(await report(operator, { idle_seconds: 601 })).toMatchObject({ presence: 'away' });
		expect(await report(operator, { idle_seconds: 2 })).toMatchObject({ presence: 'online' });
		// Another tab, in which nothing happens.
		expect(await report(operator, { idle_seconds: 900 })).toMatchObject({ presence: 'online' });
	});

	it('ends by itself when the laptop is closed, and the choice stays', async () => {
		await report(operator, { chosen: 'busy' });
		await report(admin, {});
		await letTimePass(operator, 200);
		await letTimePass(admin, 200);
		await minute();
		expect((await news()).map(({ online }) => online)).toEqual([true, false]);
		expect(await report(operator, {})).toEqual({ chosen: 'busy', presence: 'busy' });
	});

	it('does not count for a site that the operator does not work on', async () => {
		const other = await tenant.addMember('operator', false);
		await report(other, {});
		expect(await news()).toEqual([]);
		await admin.client.rpc('set_site_operators', { site_id, user_ids: [other.id] }).throwOnError();
		expect((await news()).map(({ online }) => online)).toEqual([true]);
		await admin.client
			.rpc('set_member_active', {
				organization_id: tenant.organization,
				user_id: other.id,
				active: false
			})
			.throwOnError();
		expect((await news()).map(({ online }) => online)).toEqual([true, false]);
	});

	it('shows names only where the site says so, and new names at once', async () => {
		await report(operator, {});
		expect((await news()).at(-1)?.agents).toEqual([]);
		await admin.client
			.from('widget_settings')
			.update({ show_agents: true })
			.eq('site_id', site_id)
			.throwOnError();
		expect((await news()).at(-1)?.agents).toEqual([operator.name]);
		await operator.client
			.from('profiles')
			.update({ display_name: 'Olena' })
			.eq('id', operator.id)
			.throwOnError();
		expect((await news()).at(-1)?.agents).toEqual(['Olena']);
	});

	it('of colleagues is seen by members', async () => {
		await report(operator, { chosen: 'busy' });
		const { data } = await admin.client
			.rpc('team_presence', { organization_id: tenant.organization })
			.throwOnError();
		const seen = new Map(data.map((row) => [row.user_id, row.presence]));
		expect([seen.get(admin.id), seen.get(operator.id)]).toEqual(['offline', 'busy']);
	});

	it('is not chosen as offline, nor reported from the future', async () => {
		const refused = await operator.client.rpc('report_presence', { chosen: 'offline' });
		expect(refused.error?.message).toBe('invalid_input');
		const early = await operator.client.rpc('report_presence', { idle_seconds: -1 });
		expect(early.error?.message).toBe('invalid_input');
	});
});

describe('hours', () => {
	const setHours = (hours: { weekday: number; opens: string; closes: string }[]) =>
		admin.client.rpc('set_business_hours', { site_id, hours }).throwOnError();

	it('tell open widgets when they are set, once, and not when nothing changes', async () => {
		const day = new Date().getUTCDay();
		// Open at another time than now: a day that is neither today nor yesterday.
		const weekday = ((day + 2) % 7) + 1;
		await setHours([{ weekday, opens: '09:00', closes: '18:00' }]);
		await setHours([{ weekday, opens: '09:00', closes: '17:00' }]);
		const [told, ...more] = await news();
		expect(more).toEqual([]);
		expect(told).toMatchObject({ open: false, online: false });
		expect(Date.parse(told?.reopens_at ?? '')).toBeGreaterThan(Date.now());
		await expect.poll(async () => (await file())?.status?.open, published).toBe(false);
		await setHours([]);
		expect((await news()).at(-1)).toMatchObject({ open: true, reopens_at: null });
	});

	it('open and close the site by the minute, and touch no other', async () => {
		await setHours(
			[1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '00:00', closes: '24:00' }))
		);
		await sql`update public.business_hours set closes = '12:00' where site_id = ${site_id}`;
		// As if it were still what it was at eleven, and the change at noon were due.
		const stale = { open: 'stale' };
		await sql`
			update private.site_statuses set status = status || ${sql.json(stale)}, changes_at = now()
			where site_id = ${site_id}`;
		const others = await sql<{ count: number }[]>`
			select count(*)::integer from private.site_statuses where changes_at <= now() and site_id <> ${site_id}`;
		const before = await news();
		await minute();
		await minute();
		expect(others[0]?.count).toBe(0);
		expect((await news()).length - before.length).toBe(1);
		const [{ next } = { next: null }] = await sql<{ next: Date | null }[]>`
			select changes_at as next from private.site_statuses where site_id = ${site_id}`;
		expect(next?.getUTCMinutes()).toBe(0);
	});

	it('can be asked for any time by operators of the site', async () => {
		await setHours([{ weekday: 1, opens: '09:00', closes: '18:00' }]);
		const ask = (by: Person, at: string) => by.client.rpc('read_business_status', { site_id, at });
		expect((await ask(operator, '2026-11-23T10:00:00Z')).data).toEqual({
			open: true,
			changes_at: '2026-11-23T18:00:00+00:00',
			reopens_at: null
		});
		expect((await ask(operator, 'infinity')).error?.message).toBe('invalid_input');

		// Hours that are edited: another zone, a day off, and a night in which the clock goes back.
		const drafted = (draft: object, at: string) =>
			operator.client.rpc('read_business_status', { site_id, at, draft: { ...night, ...draft } });
		const night = {
			time_zone: 'Europe/Kyiv',
			hours: [{ weekday: 7, opens: '02:30', closes: '05:00' }],
			special_days: [{ day: '2026-11-01', opens: null, closes: null }]
		};
		expect((await drafted({}, '2026-10-25T00:00:00Z')).data).toEqual({
			open: true,
			changes_at: '2026-10-25T03:00:00+00:00',
			reopens_at: null
		});
		expect((await drafted({}, '2026-10-25T03:00:00Z')).data).toMatchObject({
			open: false,
			reopens_at: '2026-11-08T00:30:00+00:00'
		});
		for (const wrong of [
			{ time_zone: 'Kyiv!' },
			{ hours: [{ weekday: 1 }, 1] },
			{ special_days: 7 }
		])
			expect((await drafted(wrong, '2026-10-25T03:00:00Z')).error?.message).toBe('invalid_input');
		expect((await ask(operator, '2026-11-23T10:00:00Z')).data).toMatchObject({ open: true });
	});
});

it('tells how soon somebody usually answers, once enough answers are known', async () => {
	const answered = (day: number, count: number, bucket: number) => sql`
		insert into public.daily_stats (
			organization_id, site_id, day, first_response_count, first_response_histogram, resolution_histogram, visitor_messages_by_hour
		) values (
			${tenant.organization}, ${site_id}, current_date - ${day}::integer, ${count},
			array_fill(0, array[${bucket}::integer]) || ${count}::integer || array_fill(0, array[17 - ${bucket}::integer]),
			array_fill(0, array[18]), array_fill(0, array[24])
		)`;
	await answered(1, 4, 8);
	expect(await news()).toEqual([]);
	await answered(2, 1, 8);
	await answered(3, 7, 14);
	await answered(4, 30, 17);
	expect((await news()).map(({ reply_time }) => reply_time)).toEqual(['minutes', 'hours', 'day']);
});
