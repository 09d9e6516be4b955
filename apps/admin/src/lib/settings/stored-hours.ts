import type { Tables } from '@chatiq/contracts/database';
import type { Rest } from './columns.ts';
import { Conflict, type Stored } from './draft.svelte.ts';
import { rows } from './failure.ts';
import { weekdays, type Hours, type Interval, type SpecialDay } from './hours.ts';
import { same } from './same.ts';

type Weekly = Pick<Tables<'business_hours'>, 'weekday' | 'opens' | 'closes'>;
type Special = Pick<Tables<'business_hours_exceptions'>, 'day' | 'opens' | 'closes' | 'name'>;

/** Midnight is the end of a day in the database, and the beginning of the next one in a field for times. */
const fromClock = ({ opens, closes }: Interval) => ({
	opens,
	closes: closes === '00:00' ? '24:00' : closes
});
const toClock = (opens: string, closes: string): Interval => ({
	opens: opens.slice(0, 5),
	closes: closes.startsWith('24') ? '00:00' : closes.slice(0, 5)
});

/** The rows of a site as the screen shows them. */
export function hoursOf(
	time_zone: string,
	weekly: readonly Weekly[],
	special: readonly Special[]
): Stored<Hours> {
	const days = new Map<string, SpecialDay>();
	for (const { day, opens, closes, name } of special.toSorted(byDayAndTime)) {
		const one = days.get(day) ?? { day, name: name ?? '', hours: [] };
		if (opens !== null && closes !== null) one.hours.push(toClock(opens, closes));
		days.set(day, one);
	}
	const week = weekdays.map((weekday) =>
		weekly
			.filter((row) => row.weekday === weekday)
			.toSorted((a, b) => a.opens.localeCompare(b.opens))
			.map(({ opens, closes }) => toClock(opens, closes))
	);
	const values = { time_zone, week, days: [...days.values()] };
	// There is no one row that counts its changes: the values are the version.
	return { values, version: JSON.stringify(values) };
}

type DayRow = Pick<Special, 'day' | 'opens' | 'closes'>;

/** The screen's hours as rows: what `read_business_status` takes as a draft. */
export const rowsOf = ({ time_zone, week, days }: Hours) => ({
	time_zone,
	hours: weeklyOf(week),
	special_days: days.flatMap(({ day, hours }): DayRow[] =>
		hours.length > 0
			? hours.map((interval) => ({ day, ...fromClock(interval) }))
			: [{ day, opens: null, closes: null }]
	)
});

const weeklyOf = (week: Hours['week']) =>
	week.flatMap((intervals, day) =>
		intervals.map((interval) => ({ weekday: day + 1, ...fromClock(interval) }))
	);

const byDayAndTime = (a: Special, b: Special) =>
	a.day.localeCompare(b.day) || (a.opens ?? '').localeCompare(b.opens ?? '');

async function readHours(rest: Rest, siteId: string): Promise<Stored<Hours>> {
	const [site, weekly, special] = await Promise.all([
		rows<{ time_zone: string }>(rest().from('sites').select('time_zone').eq('id', siteId).single()),
		rows(rest().from('business_hours').select('weekday, opens, closes').eq('site_id', siteId)),
		rows(
			rest()
				.from('business_hours_exceptions')
				.select('day, opens, closes, name')
				.eq('site_id', siteId)
		)
	]);
	return hoursOf(site.time_zone, weekly, special);
}

/** Writes what differs. Every step may be repeated, so a save that broke off goes on where it stopped. */
export const saveHours =
	(rest: Rest, siteId: string) =>
	async (values: Hours, over: Stored<Hours>): Promise<Stored<Hours>> => {
		const now = await readHours(rest, siteId);
		// Half of these values is what a save that broke off has left.
		const ours = now.values.days.every((day) => hasDay(values, day) || hasDay(over.values, day));
		const untouched = (part: 'time_zone' | 'week') =>
			same(now.values[part], over.values[part]) || same(now.values[part], values[part]);
		if (!ours || !untouched('time_zone') || !untouched('week')) throw new Conflict(now);
		await writeHours(rest, siteId, values, now.values);
		return readHours(rest, siteId);
	};

const hasDay = ({ days }: Hours, wanted: SpecialDay) => days.some((day) => same(day, wanted));

async function writeHours(rest: Rest, site_id: string, values: Hours, now: Hours): Promise<void> {
	const { time_zone, week, days } = values;
	if (time_zone !== now.time_zone)
		await rows(rest().from('sites').update({ time_zone }).eq('id', site_id));
	if (!same(week, now.week)) {
		await rows(rest().rpc('set_business_hours', { site_id, hours: weeklyOf(week) }));
	}
	for (const { day } of now.days.filter(({ day }) => !days.some((kept) => kept.day === day)))
		await rows(rest().rpc('clear_special_day', { site_id, day }));
	for (const special of days.filter((day) => !hasDay(now, day))) {
		const { day, name } = special;
		const hours = special.hours.map(fromClock);
		await rows(rest().rpc('set_special_day', { site_id, day, hours, name: name.trim() }));
	}
}
