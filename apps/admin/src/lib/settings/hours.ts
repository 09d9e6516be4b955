import { m } from '@chatiq/i18n/console';
import type { Problems } from './draft.svelte.ts';

/** `HH:MM` both; `closes` at or before `opens` lies on the next day, `00:00` is its beginning. */
export interface Interval {
	opens: string;
	closes: string;
}

export interface SpecialDay {
	/** `YYYY-MM-DD` */
	day: string;
	name: string;
	/** None: a day off. */
	hours: Interval[];
}

export interface Hours {
	time_zone: string;
	/** Monday first; nothing on any day: always open. */
	week: Interval[][];
	days: SpecialDay[];
}

export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;
export const usual: Interval = { opens: '09:00', closes: '18:00' };

const dayMinutes = 1440;
const weekMinutes = 7 * dayMinutes;

function minutes(time: string): number {
	const [hour = 0, minute = 0] = time.split(':').map(Number);
	return hour * 60 + minute;
}

interface Span {
	first: number;
	last: number;
}

function spanOf({ opens, closes }: Interval, day: number): Span {
	const [first, last] = [minutes(opens), minutes(closes)];
	return { first: day * dayMinutes + first, last: (day + (last > first ? 0 : 1)) * dayMinutes + last };
}

/** As `app.intervals_overlap` has it: the night from Sunday goes into Monday. */
const clash = (a: Span, b: Span): boolean =>
	(a.first < b.last && b.first < a.last) ||
	a.first < b.last - weekMinutes ||
	b.first < a.last - weekMinutes;

/** What is wrong with each interval, by its path. */
function listProblems(list: readonly { path: string; interval: Interval; day: number }[]): Problems {
	const problems: Record<string, string> = {};
	const spans = list.map(({ interval, day }) => spanOf(interval, day));
	list.forEach(({ path, interval: { opens, closes } }, place) => {
		const span = spans[place];
		if (opens === '' || closes === '') problems[path] = m.set_hours_missing();
		else if (opens === closes && opens !== '00:00') problems[path] = m.set_hours_same();
		else if (span && spans.some((other, at) => at !== place && clash(span, other)))
			problems[path] = m.set_hours_overlap();
	});
	return problems;
}

export function hoursProblems({ week, days }: Hours): Problems {
	const weekly = week.flatMap((intervals, day) =>
		intervals.map((interval, place) => ({ path: `week.${day}.${place}`, interval, day }))
	);
	const found: Record<string, string> = { ...listProblems(weekly) };
	days.forEach(({ day, hours }, at) => {
		Object.assign(
			found,
			listProblems(
				hours.map((interval, place) => ({ path: `days.${at}.${place}`, interval, day: 0 }))
			)
		);
		if (day === '') found[`days.${at}`] = m.set_day_missing();
		else if (days.some((other, place) => place < at && other.day === day))
			found[`days.${at}`] = m.set_day_twice();
	});
	return found;
}
