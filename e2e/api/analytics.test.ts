import type {
	Analytics,
	LiveStats,
	StatCell,
	StatConversations
} from '@chatiq/contracts/analytics';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
const [from_day, to_day, before_day] = ['2025-10-20', '2025-10-29', '2025-10-10'];
const pages = ['https://shop.test/beans?utm=1', 'https://shop.test/', null];

let sql: postgres.Sql;
let tenant: Tenant;
let other: { id: string };
let admin: Person;
let operators: Person[];

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Analytics');
	other = await tenant.addSite('Far away');
	await sql`update public.sites set time_zone = 'Europe/Kyiv' where id = ${tenant.site.id}`;
	await sql`update public.sites set time_zone = 'America/Los_Angeles' where id = ${other.id}`;
	[admin, ...operators] = await Promise.all([
		tenant.addMember('admin'),
		tenant.addMember('operator'),
		tenant.addMember('operator')
	]);
	const random = seeded(7);
	await Promise.all(Array.from({ length: 120 }, () => converse(random)));
	await sql`
		select app.refresh_daily_stats(id, '2025-10-08'::date + back)
		from public.sites, generate_series(0, 30) as back where organization_id = ${tenant.organization}`;
});
afterAll(() => sql.end());

/** The same numbers at every run: a failure can be looked at again. */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return state / 2_147_483_648;
	};
}

/** A conversation of any kind in the two periods, both days on which clocks are changed among them. */
async function converse(random: () => number): Promise<void> {
	const site = random() < 0.7 ? tenant.site.id : other.id;
	const start = Date.parse('2025-10-10T09:00:00Z') + random() * 19 * 86_400_000;
	const [id, visitor] = [uuidv7(), uuidv7()];
	const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
	const operator = operators[Math.floor(random() * 2)]?.id ?? null;
	const [answered, bot, closed, rated] = [0.75, 0.3, 0.6, 0.4].map((share) => random() < share);
	const [wait, more] = [Math.exp(random() * 12), random() * 5000];
	const [page, score] = [pages[Math.floor(random() * 3)] ?? null, 1 + Math.floor(random() * 5)];
	await sql`insert into public.visitors (id, organization_id, site_id, page_url)
		values (${visitor}, ${tenant.organization}, ${site}, ${page})`;
	await sql`insert into public.conversations (id, organization_id, site_id, visitor_id, created_at, assignee_id)
		values (${id}, ${tenant.organization}, ${site}, ${visitor}, ${at(0)}, ${operator})`;
	const lines = [
		['visitor', visitor, 0],
		...(bot ? [['bot', null, 1] as const] : []),
		...(answered
			? [
					['operator', operator, wait] as const,
					['visitor', visitor, wait + more] as const,
					['operator', operator, wait + more + 10] as const
				]
			: [])
	] as const;
	for (const [kind, author, seconds] of lines) {
		await sql`insert into public.messages (id, conversation_id, author_kind, author_id, body, created_at)
			values (${uuidv7()}, ${id}, ${kind}, ${author}, 'x', ${at(seconds)})`;
	}
	if (closed) {
		await sql`update public.conversations set status = 'closed', closed_at = ${at(wait + more + 60)} where id = ${id}`;
	}
	if (rated) {
		await sql`insert into public.ratings (conversation_id, organization_id, site_id, operator_id, score, created_at)
			values (${id}, ${tenant.organization}, ${site}, ${answered ? operator : null}, ${score}, ${at(wait + more + 70)})`;
	}
}

const read = async (by: Person, part: Record<string, unknown> = {}) =>
	(await by.client.rpc('read_analytics', { from_day, to_day, ...part }).throwOnError())
		.data as unknown as Analytics;

const behind = async (by: Person, measure: string, part: Record<string, unknown> = {}) =>
	(
		await by.client
			.rpc('list_stat_conversations', { measure, from_day, to_day, max_rows: 200, ...part })
			.throwOnError()
	).data as unknown as StatConversations;

const find = ({ cells }: Analytics, cut: string, key = '', period = 'current') =>
	cells.find((cell) => cell.cut === cut && cell.key === key && cell.period === period);

/** The same numbers from the raw rows, by other means: one subquery each. */
async function raw(from: string, to: string, of: { site?: string; page?: string } = {}) {
	const inPeriod = (column: ReturnType<typeof sql>) =>
		sql`(${column} at time zone s.time_zone)::date between ${from} and ${to}`;
	const where = sql`s.organization_id = ${tenant.organization}
		and (${of.site ?? null}::uuid is null or s.id = ${of.site ?? null})
		and (${of.page ?? null}::text is null or coalesce(c.start_page, '') = ${of.page ?? null})`;
	const talks = sql`public.conversations as c join public.sites as s on s.id = c.site_id`;
	const firsts = sql`select c.id, extract(epoch from min(m.created_at) - c.created_at)::float8 as seconds
		from public.messages as m join ${talks} on c.id = m.conversation_id
		where m.author_kind = 'operator' and ${where}
		group by c.id, s.id having ${inPeriod(sql`min(m.created_at)`)}`;
	const [row] = await sql`select
		(select count(*)::int from ${talks} where ${where} and ${inPeriod(sql`c.created_at`)}) as conversations_started,
		(select count(*)::int from ${talks} where ${where} and ${inPeriod(sql`c.created_at`)} and not exists (
			select from public.messages as m where m.conversation_id = c.id and m.author_kind = 'operator'
				and m.created_at - c.created_at < interval '24 hours')) as missed,
		(select count(distinct c.id)::int from public.messages as m join ${talks} on c.id = m.conversation_id
			where m.author_kind = 'bot' and ${where} and ${inPeriod(sql`c.created_at`)}) as auto_replied,
		(select count(*)::int from public.ratings as r join ${talks} on c.id = r.conversation_id
			where ${where} and ${inPeriod(sql`r.created_at`)}) as rating_count,
		(select count(*)::int from public.ratings as r join ${talks} on c.id = r.conversation_id
			where ${where} and r.score > 3 and ${inPeriod(sql`r.created_at`)}) as rating_good,
		(select count(*)::int from (${firsts}) as f) as first_response_count,
		(select percentile_disc(0.5) within group (order by f.seconds) from (${firsts}) as f) as first_response_median,
		(select percentile_disc(0.9) within group (order by f.seconds) from (${firsts}) as f) as first_response_p90,
		(select percentile_disc(0.5) within group (order by extract(epoch from c.closed_at - c.created_at)::float8)
			from ${talks} where ${where} and ${inPeriod(sql`c.closed_at`)}) as resolution_median,
		(select percentile_disc(0.9) within group (order by extract(epoch from c.closed_at - c.created_at)::float8)
			from ${talks} where ${where} and ${inPeriod(sql`c.closed_at`)}) as resolution_p90`;
	return row as unknown as StatCell;
}

/** Counts are equal; durations are within the half of a step that the screen admits. */
function expectSame(cell: StatCell | undefined, truth: StatCell): void {
	const {
		first_response_median,
		first_response_p90,
		resolution_median,
		resolution_p90,
		...counts
	} = truth;
	expect(cell).toMatchObject(counts);
	const durations = {
		first_response_median,
		first_response_p90,
		resolution_median,
		resolution_p90
	};
	for (const [name, value] of Object.entries(durations)) {
		const read = cell?.[name as keyof typeof durations] ?? null;
		if (value === null) expect(read, name).toBeNull();
		else expect(Math.abs((read ?? 0) / value - 1), `${name} ${read} ${value}`).toBeLessThan(0.0251);
	}
}

it('agrees with the raw rows: in all, the period before, each site and each page', async () => {
	const analytics = await read(admin);
	expectSame(find(analytics, 'total'), await raw(from_day, to_day));
	expectSame(find(analytics, 'total', '', 'previous'), await raw(before_day, '2025-10-19'));
	for (const site of [tenant.site.id, other.id]) {
		expectSame(find(analytics, 'site', site), await raw(from_day, to_day, { site }));
	}
	for (const page of ['shop.test/beans', 'shop.test', '']) {
		expectSame(find(analytics, 'page', page), await raw(from_day, to_day, { page }));
	}
	expect(find(analytics, 'total')?.conversations_started).toBeGreaterThan(30);
	expect(analytics.before_day).toBe(before_day);
});

it('adds up: days, operators and hours of the week make the whole', async () => {
	const analytics = await read(admin);
	const total = find(analytics, 'total');
	const sum = (cut: string, name: 'conversations_started' | 'operator_messages' | 'missed') =>
		analytics.cells
			.filter((cell) => cell.cut === cut && cell.period === 'current')
			.reduce((all, cell) => all + cell[name], 0);
	for (const name of ['conversations_started', 'missed'] as const) {
		expect([sum('day', name), sum('site', name), sum('page', name)]).toEqual(
			Array.from({ length: 3 }, () => total?.[name])
		);
	}
	expect(sum('operator', 'operator_messages')).toBe(total?.operator_messages);
	expect(analytics.hours).toHaveLength(168);
	expect(analytics.hours.reduce((all, many) => all + many, 0)).toBe(total?.visitor_messages);
	const [busiest] = await sql<{ place: number; many: number }[]>`
		select ((extract(isodow from t) - 1) * 24 + extract(hour from t))::int as place, count(*)::int as many
		from public.messages as m join public.sites as s on s.id = m.site_id
		cross join lateral (select m.created_at at time zone s.time_zone as t) as local
		where s.organization_id = ${tenant.organization} and m.author_kind = 'visitor'
			and t::date between ${from_day} and ${to_day} group by 1 order by 2 desc, 1 limit 1`;
	expect(analytics.hours[busiest?.place ?? -1]).toBe(busiest?.many);
});

it('reads long periods by weeks, and from months that were added up what their days say', async () => {
	const long = { from_day: '2025-10-01', to_day: '2026-01-31' };
	const fromMonths = await read(admin, long);
	const weeks = fromMonths.cells.filter(({ cut }) => cut === 'day');
	expect(fromMonths.step_days).toBe(7);
	expect(weeks.map(({ key }) => key).sort()).toEqual([
		'2025-10-08',
		'2025-10-15',
		'2025-10-22',
		'2025-10-29',
		'2025-11-05'
	]);
	const started = weeks.reduce((all, cell) => all + cell.conversations_started, 0);
	expect(started).toBe(find(fromMonths, 'total')?.conversations_started);
	expectSame(
		find(fromMonths, 'page', 'shop.test/beans'),
		await raw(long.from_day, long.to_day, { page: 'shop.test/beans' })
	);
	const one = { ...long, operator_id: operators[0]?.id };
	const ofOne = await read(admin, one);
	const ofMe = await read(operators[0] as Person, long);
	expect(find(ofMe, 'operator', operators[0]?.id)?.operator_messages).toBeGreaterThan(0);

	const gone = await sql`
		delete from public.monthly_stats where organization_id = ${tenant.organization} returning page, operator_id`;
	expect(gone.filter(({ page }) => page !== null).length).toBeGreaterThan(3);
	expect(gone.filter(({ operator_id }) => operator_id !== null).length).toBeGreaterThan(3);
	const sorted = ({ cells, ...rest }: Analytics) => ({
		...rest,
		cells: cells.map((cell) => JSON.stringify(cell)).sort()
	});
	expect(sorted(await read(admin, long))).toEqual(sorted(fromMonths));
	expect(sorted(await read(admin, one))).toEqual(sorted(ofOne));
	expect(sorted(await read(operators[0] as Person, long))).toEqual(sorted(ofMe));
});

it('lists as many conversations behind a number as it counts, page by page', async () => {
	const total = find(await read(admin), 'total');
	const lengths = await Promise.all(
		['started', 'missed', 'auto_replied', 'closed', 'rated', 'answered'].map(
			async (measure) => (await behind(admin, measure)).conversations.length
		)
	);
	expect(lengths).toEqual([
		...[total?.conversations_started, total?.missed, total?.auto_replied],
		...[total?.resolution_count, total?.rating_count, total?.first_response_count]
	]);
	const seen = new Set<string>();
	for (let before: string | undefined; ;) {
		const { conversations, has_more } = await behind(admin, 'started', {
			max_rows: 7,
			...(before ? { before } : {})
		});
		for (const { id } of conversations) seen.add(id);
		before = conversations.at(-1)?.at;
		if (!has_more) break;
	}
	expect(seen.size).toBe(total?.conversations_started);
	const beans = await behind(admin, 'started', { page: 'shop.test/beans' });
	expect(new Set(beans.conversations.map(({ start_page }) => start_page))).toEqual(
		new Set(['shop.test/beans'])
	);
});

it('shows operators their sites and themselves, not the work of others', async () => {
	const [me, colleague] = operators as [Person, Person];
	const analytics = await read(me);
	expect(analytics.site_ids).toEqual([tenant.site.id]);
	expectSame(find(analytics, 'total'), await raw(from_day, to_day, { site: tenant.site.id }));
	const people = analytics.cells.filter(({ cut }) => cut === 'operator').map(({ key }) => key);
	expect(new Set(people)).toEqual(new Set([me.id]));
	const mine = find(await read(me, { operator_id: me.id }), 'total');
	expect(mine?.operator_messages).toBeGreaterThan(0);
	expect((await behind(me, 'answered', { operator_id: me.id })).conversations).toHaveLength(
		mine?.first_response_count ?? -1
	);
	expect((await behind(me, 'answered', { operator_id: colleague.id })).conversations).toEqual([]);
	expect(find(await read(me, { operator_id: colleague.id }), 'total')).toBeUndefined();
});

it('counts anew when somebody looks, and says who waits now', async () => {
	const visitor = await tenant.addVisitor();
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Now' })
		.throwOnError();
	await admin.client.rpc('freshen_stats').throwOnError();
	const day = (offset: number) =>
		new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
	const near = { from_day: day(-2), to_day: day(2), site_ids: [tenant.site.id] };
	await expect
		.poll(async () => find(await read(admin, near), 'total')?.conversations_started)
		.toBeGreaterThan(0);
	const live = (await admin.client.rpc('read_live_stats').throwOnError())
		.data as unknown as LiveStats;
	expect(live.waiting).toBeGreaterThan(0);
	expect(Date.parse(live.waiting_since ?? '')).toBeLessThanOrEqual(Date.now());
});

it('refuses a period that is too long, upside down, or of nothing', async () => {
	for (const from_day of ['2020-01-01', '2025-11-30']) {
		const { error } = await admin.client.rpc('read_analytics', { from_day, to_day });
		expect(error?.message).toBe('invalid_input');
	}
	const { error } = await admin.client.rpc('list_stat_conversations', {
		...{ measure: 'all', from_day, to_day }
	});
	expect(error?.message).toBe('invalid_input');
});
