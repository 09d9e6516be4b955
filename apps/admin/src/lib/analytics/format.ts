import { getLocale } from '@chatiq/i18n/console/runtime';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const unit = (value: number, name: 'second' | 'minute' | 'hour' | 'day'): string =>
	new Intl.NumberFormat(getLocale(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(
		value
	);

/** Two units at most: "45 sec", "3 min 20 sec", "2 hr 5 min". */
export function durationText(seconds: number): string {
	const whole = Math.round(seconds);
	const [large, small, size] =
		whole < hour
			? (['minute', 'second', minute] as const)
			: whole < day
				? (['hour', 'minute', hour] as const)
				: (['day', 'hour', day] as const);
	const many = Math.floor(whole / size);
	const part = { second: 1, minute, hour }[small];
	// 3 h 59.6 min are 4 h.
	const rest = Math.round((whole - many * size) / part);
	if (rest * part === size) return unit(many + 1, large);
	if (many === 0) return unit(rest, small);
	return rest === 0 ? unit(many, large) : `${unit(many, large)} ${unit(rest, small)}`;
}

export const numberText = (value: number): string =>
	new Intl.NumberFormat(getLocale(), { maximumFractionDigits: 1 }).format(value);

export const shareText = (share: number): string =>
	new Intl.NumberFormat(getLocale(), { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** A day of the statistics: the same wherever it is read. */
export function dayText(isoDay: string, style: 'short' | 'long' = 'short'): string {
	return new Intl.DateTimeFormat(getLocale(), {
		...(style === 'long' ? { weekday: 'short', year: 'numeric' } : {}),
		...{ day: 'numeric', month: 'short', timeZone: 'UTC' }
	}).format(new Date(`${isoDay}T00:00:00Z`));
}

/** 1 is Monday. */
export function weekdayText(weekday: number, style: 'short' | 'long' = 'short'): string {
	// 2024-01-01 was a Monday.
	return new Intl.DateTimeFormat(getLocale(), { weekday: style, timeZone: 'UTC' }).format(
		new Date(Date.UTC(2024, 0, weekday))
	);
}

export const hourText = (hourOfDay: number): string => `${String(hourOfDay).padStart(2, '0')}:00`;
