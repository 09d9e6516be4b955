import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { type Calendar, type Interval, referenceCalendar } from '../support/reference-calendar.ts';
import { createTenant, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Hours');
});
afterAll(() => sql.end());

interface Answer {
	at: number;
	open: boolean;
	changes_at: number | null;
	reopens_at: number | null;
}

const time = (minutes: number) =>
	`${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const siteIds = new Map<string, Promise<string>>();

/** A site for each zone: Postgres takes its time to look whether it knows one. */
function siteIn(zone: string): Promise<string> {
	const known = siteIds.get(zone) ?? makeSiteIn(zone);
	siteIds.set(zone, known);
	return known;
}

async function makeSiteIn(zone: string): Promise<string> {
	const { id } = await tenant.addSite(zone);
	await sql`update public.sites set time_zone = ${zone} where id = ${id}`;
	return id;
}

/** What SQL says about a calendar at these moments; nothing of it is kept. */
async function ask({ zone, week, special }: Calendar, moments: number[]): Promise<Answer[]> {
	const site = { site_id: await siteIn(zone), organization_id: tenant.organization };
	const hours = week.flatMap((intervals, day) =>
		intervals.map(({ opens, closes }) => ({
			...site,
			weekday: day + 1,
			opens: time(opens),
			closes: time(closes)
		}))
	);
	const exceptions = Object.entries(special).flatMap(([day, intervals]) => {
		const closed: { opens: string | null; closes: string | null }[] = [
			{ opens: null, closes: null }
		];
		const open = intervals.map(({ opens, closes }) => ({
			opens: time(opens),
			closes: time(closes)
		}));
		return (open.length > 0 ? open : closed).map((times) => ({ ...site, day, ...times }));
	});
	let answers: Answer[] = [];
	const undone = new Error('undone');
	await sql
		.begin(async (write) => {
			if (hours.length > 0) await write`insert into public.business_hours ${write(hours)}`;
			if (exceptions.length > 0)
				await write`insert into public.business_hours_exceptions ${write(exceptions)}`;
			answers = await write<Answer[]>`
				select moment::float8 as at, status.open,
					(extract(epoch from status.changes_at) * 1000)::float8 as changes_at,
					(extract(epoch from status.reopens_at) * 1000)::float8 as reopens_at
				from unnest(${moments}::float8[]) as moment
				cross join lateral app.business_status(${site.site_id}, to_timestamp(moment / 1000)) as status`;
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	return answers;
}

const weekdays = (...intervals: Interval[]) =>
	Array.from({ length: 7 }, (_, day) => (day < 5 ? intervals : []));

const everyDay = (...intervals: Interval[]) => Array.from({ length: 7 }, () => intervals);

/** A local time as a moment. */
const local = (text: string, zone: string) =>
	Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;

async function askLocal(calendar: Calendar, text: string) {
	const [answer] = await ask(calendar, [local(text, calendar.zone)]);
	const written = (at: number | null | undefined) =>
		at &&
		Temporal.Instant.fromEpochMilliseconds(at)
			.toZonedDateTimeISO(calendar.zone)
			.toPlainDateTime()
			.toString({ smallestUnit: 'minute' });
	return { open: answer?.open, changes_at: written(answer?.changes_at) ?? null };
}

describe('a site', () => {
	const zone = 'Europe/Kyiv';
	const office = { zone, week: weekdays({ opens: 540, closes: 1080 }), special: {} };

	it('without hours is always open', async () => {
		const week = weekdays();
		expect(await askLocal({ zone, week, special: {} }, '2026-03-02T03:00')).toEqual({
			open: true,
			changes_at: null
		});
	});

	it('without hours keeps its days off', async () => {
		const special = { '2026-12-25': [] };
		const calendar = { zone, week: weekdays(), special };
		expect(await askLocal(calendar, '2026-12-24T15:00')).toEqual({
			open: true,
			changes_at: '2026-12-25T00:00'
		});
		expect(await askLocal(calendar, '2026-12-25T15:00')).toEqual({
			open: false,
			changes_at: '2026-12-26T00:00'
		});
	});

	it('opens and closes by the minute, and skips the weekend', async () => {
		expect(await askLocal(office, '2026-11-20T08:59')).toEqual({
			open: false,
			changes_at: '2026-11-20T09:00'
		});
		expect(await askLocal(office, '2026-11-20T09:00')).toEqual({
			open: true,
			changes_at: '2026-11-20T18:00'
		});
		expect(await askLocal(office, '2026-11-20T18:00')).toEqual({
			open: false,
			changes_at: '2026-11-23T09:00'
		});
	});

	it('finds the way out of a long holiday', async () => {
		const days = Array.from({ length: 60 }, (_, days) =>
			Temporal.PlainDate.from('2026-12-01').add({ days }).toString()
		);
		const special = Object.fromEntries(days.map((day) => [day, []]));
		expect(await askLocal({ ...office, special }, '2026-11-30T19:00')).toEqual({
			open: false,
			changes_at: '2027-02-01T09:00'
		});
	});

	it('open through the night stays open over the change of days and weeks', async () => {
		const bar = { zone, week: everyDay({ opens: 1200, closes: 120 }), special: {} };
		expect(await askLocal(bar, '2026-11-23T01:00')).toEqual({
			open: true,
			changes_at: '2026-11-23T02:00'
		});
	});

	it('that closes when the next interval opens does not close', async () => {
		const week = everyDay({ opens: 0, closes: 720 }, { opens: 720, closes: 1440 });
		const answer = await askLocal({ zone, week, special: {} }, '2026-11-23T11:59');
		expect(answer).toEqual({ open: true, changes_at: null });
	});

	it('keeps its wall clock when the clock changes', async () => {
		// In Kyiv the clocks go back on 25 October 2026 at 4:00, and forward on 29 March at 3:00.
		const night = { zone, week: everyDay({ opens: 150, closes: 270 }), special: {} };
		expect(await askLocal(night, '2026-03-29T01:00')).toEqual({
			open: false,
			changes_at: '2026-03-29T02:30'
		});
		const skipped = { zone, week: everyDay({ opens: 190, closes: 270 }), special: {} };
		expect(await askLocal(skipped, '2026-03-29T01:00')).toEqual({
			open: false,
			changes_at: '2026-03-29T04:10'
		});
	});
});

// Changes of an hour and of half an hour, both hemispheres, odd offsets, and one that skipped a whole day.
const zones: [zone: string, ...days: string[]][] = [
	['Europe/Kyiv', '2026-03-29', '2026-10-25', '2026-07-01'],
	['America/New_York', '2026-03-08', '2026-11-01'],
	['America/St_Johns', '2026-03-08', '2026-11-01'],
	['Australia/Lord_Howe', '2026-04-05', '2026-10-04'],
	['Pacific/Auckland', '2026-04-05', '2026-09-27'],
	['Africa/Cairo', '2025-04-25', '2025-10-31'],
	['Asia/Kathmandu', '2026-01-01'],
	['Pacific/Apia', '2011-12-30'],
	['UTC', '2024-02-29']
];

/** Starts and ends that do not overlap, in five-minute steps; the last one may end on the next day. */
const intervals = fc
	.tuple(
		fc.uniqueArray(fc.integer({ min: 0, max: 287 }), { maxLength: 6 }),
		fc.boolean(),
		fc.integer({ min: 1, max: 287 })
	)
	.map(([places, overnight, end]): Interval[] => {
		const sorted = places.sort((a, b) => a - b).map((place) => place * 5);
		const pairs: Interval[] = [];
		for (let i = 0; i + 1 < sorted.length; i += 2) {
			pairs.push({ opens: sorted[i] ?? 0, closes: sorted[i + 1] ?? 0 });
		}
		const last = sorted.at(-1);
		if (overnight && sorted.length % 2 === 1 && last !== undefined && end * 5 < last) {
			pairs.push({ opens: last, closes: end * 5 });
		}
		return pairs;
	});

const cases = fc.constantFrom(...zones).chain(([zone, ...days]) =>
	fc.record({
		zone: fc.constant(zone),
		day: fc.constantFrom(...days),
		week: fc.array(intervals, { minLength: 7, maxLength: 7 }),
		special: fc.array(fc.tuple(fc.integer({ min: -2, max: 4 }), intervals), { maxLength: 3 }),
		minutes: fc.array(fc.integer({ min: -2880, max: 2880 }), { minLength: 10, maxLength: 10 })
	})
);

it('agrees with another library on random calendars around changes of the clock', async () => {
	await fc.assert(
		fc.asyncProperty(cases, async ({ zone, day, week, special, minutes }) => {
			const date = Temporal.PlainDate.from(day);
			const calendar: Calendar = {
				zone,
				week,
				special: Object.fromEntries(
					special.map(([days, hours]) => [date.add({ days }).toString(), hours])
				)
			};
			const noon = date.toZonedDateTime({ timeZone: zone, plainTime: '12:00' }).epochMilliseconds;
			const answers = await ask(
				calendar,
				minutes.map((offset) => noon + offset * 60_000)
			);
			const statusAt = referenceCalendar(calendar, date);
			expect(answers).toEqual(answers.map(({ at }) => ({ at, ...statusAt(at) })));
		}),
		{ numRuns: 60 }
	);
}, 60_000);
