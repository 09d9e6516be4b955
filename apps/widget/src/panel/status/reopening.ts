import type { Wording } from '../wording.ts';

const dayMs = 86_400_000;

/** When the team is back, by the visitor's own clock and calendar: "tomorrow, 09:00". */
export function reopening(at: string, wording: Wording, now = new Date()): string {
	const { locale } = wording;
	const date = new Date(at);
	// A day with a change of the clock is not 24 hours long.
	const days = Math.round((midnight(date) - midnight(now)) / dayMs);
	const day =
		days < 2
			? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
			: date.toLocaleDateString(
					locale,
					days < 7 ? { weekday: 'long' } : { day: 'numeric', month: 'long' }
				);
	return `${day}, ${wording.time(at)}`;
}

const midnight = (date: Date) => new Date(date).setHours(0, 0, 0, 0);
