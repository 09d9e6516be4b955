import { Temporal } from '@js-temporal/polyfill';

/** Minutes of a day; `closes` up to 1440, and not above `opens` when it is on the next day. */
export interface Interval {
	opens: number;
	closes: number;
}

export interface Calendar {
	zone: string;
	/** Monday first; all of them empty is always open. */
	week: Interval[][];
	/** ISO dates with hours of their own. */
	special: Record<string, Interval[]>;
}

interface Span {
	from: number;
	to: number;
}

/** More than a week beyond whatever the tests ask about. */
const days = { before: 5, after: 18 };

/**
 * What docs/api.md says about business hours, by another library and in another way than the SQL: for moments
 * close to this date.
 */
export function referenceCalendar(calendar: Calendar, date: Temporal.PlainDate) {
	const spans = spansAround(calendar, date);
	const openAt = (moment: number) => spans.some(({ from, to }) => from <= moment && moment < to);
	const edges = spans.flatMap(({ from, to }) => [from, to]).sort((a, b) => a - b);
	const last = Math.max(...edges);
	return (at: number) => {
		const open = openAt(at);
		// Where this calendar ends is no change.
		const change = edges.find((edge) => edge > at && edge < last && openAt(edge) !== open) ?? null;
		return { open, changes_at: change, reopens_at: open ? null : change };
	};
}

function spansAround(calendar: Calendar, date: Temporal.PlainDate): Span[] {
	const first = date.subtract({ days: days.before });
	return Array.from({ length: days.before + days.after }, (_, days) => first.add({ days }))
		.flatMap((day) => hoursOf(calendar, day).map((hours) => spanOf(calendar.zone, day, hours)))
		.filter(({ from, to }) => from < to);
}

function hoursOf({ week, special }: Calendar, day: Temporal.PlainDate): Interval[] {
	const own = special[day.toString()];
	if (own) return own;
	if (week.every((hours) => hours.length === 0)) return [{ opens: 0, closes: 1440 }];
	return week[day.dayOfWeek - 1] ?? [];
}

function spanOf(zone: string, day: Temporal.PlainDate, { opens, closes }: Interval): Span {
	const moment = (minutes: number) =>
		day.toPlainDateTime().add({ minutes }).toZonedDateTime(zone, { disambiguation: 'later' })
			.epochMilliseconds;
	return { from: moment(opens), to: moment(closes <= opens ? closes + 1440 : closes) };
}
