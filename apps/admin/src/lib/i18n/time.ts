import { getLocale } from '@chatiq/i18n/console/runtime';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const formats = new Map<string, Intl.DateTimeFormat>();

let asked = { language: '', languages: [] as readonly string[], variety: '' };

/** The reader's own variety of the language, e.g. `en-GB`: it decides how a time is written. */
function variety(): string {
	const language = getLocale();
	const { languages } = navigator;
	if (language !== asked.language || languages !== asked.languages) {
		const own = languages.find((tag) => tag.split('-')[0] === language);
		asked = { language, languages, variety: own ?? language };
	}
	return asked.variety;
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const locale = variety();
	const key = locale + JSON.stringify(options);
	let known = formats.get(key);
	if (!known) {
		known = new Intl.DateTimeFormat(locale, options);
		formats.set(key, known);
	}
	return known;
}

export const timeOfDay = (date: Date, timeZone?: string): string =>
	format({ timeStyle: 'short', ...(timeZone ? { timeZone } : {}) }).format(date);

export const fullTime = (date: Date): string =>
	format({ dateStyle: 'long', timeStyle: 'short' }).format(date);

/** A moment within weeks, where it is told to the minute: "Monday 23 November at 17:00". */
export const dayAndTime = (date: Date, timeZone: string): string =>
	format({
		...{ weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' },
		timeZone
	}).format(date);

/** A day as a separator in a conversation shows it; the year only when it is not this one. */
export const dayName = (date: Date, now: number): string =>
	format({
		weekday: 'long',
		day: 'numeric',
		month: 'long',
		...(date.getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' })
	}).format(date);

/** How many midnights ago. */
export function daysAgo(date: Date, now: number): number {
	const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
	return Math.round((midnight(now) - midnight(date.getTime())) / dayMs);
}

/** When, as short as a list needs it: time today, weekday this week, date before. */
export function shortTime(date: Date, now: number): string {
	const days = daysAgo(date, now);
	if (days <= 0) return timeOfDay(date);
	if (days < 7) return format({ weekday: 'short' }).format(date);
	if (date.getFullYear() === new Date(now).getFullYear()) {
		return format({ day: 'numeric', month: 'short' }).format(date);
	}
	return format({ day: '2-digit', month: '2-digit', year: '2-digit' }).format(date);
}

/** A time ahead, as short as it can be understood: time today, weekday and time this week, date and time after. */
export function soonTime(date: Date, now: number): string {
	const days = -daysAgo(date, now);
	const time = { hour: 'numeric', minute: '2-digit' } as const;
	if (days <= 0) return timeOfDay(date);
	if (days < 7) return format({ weekday: 'short', ...time }).format(date);
	return format({ day: 'numeric', month: 'short', ...time }).format(date);
}

const durations = new Map<string, Intl.NumberFormat>();

/** How long, in the largest unit that says something: "4 min", "3 hr", "2 days". */
export function duration(ms: number): string {
	const [value, unit] =
		ms < hourMs
			? [Math.max(1, Math.floor(ms / minuteMs)), 'minute']
			: ms < dayMs
				? [Math.floor(ms / hourMs), 'hour']
				: [Math.floor(ms / dayMs), 'day'];
	const key = `${getLocale()} ${unit}`;
	let known = durations.get(key);
	if (!known) {
		known = new Intl.NumberFormat(getLocale(), { style: 'unit', unit, unitDisplay: 'short' });
		durations.set(key, known);
	}
	return known.format(value);
}

/** "5 minutes ago", "yesterday". */
export function ago(date: Date, now: number): string {
	const relative = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
	const ms = now - date.getTime();
	if (ms < hourMs) return relative.format(-Math.floor(Math.max(0, ms) / minuteMs), 'minute');
	const days = daysAgo(date, now);
	return days === 0
		? relative.format(-Math.floor(ms / hourMs), 'hour')
		: relative.format(-days, 'day');
}
