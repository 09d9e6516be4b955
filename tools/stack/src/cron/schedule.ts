import { Cron } from 'croner';

/** When a job runs. Times are GMT, as in pg_cron. */
export type Schedule =
	| { kind: 'minutes'; matches: (minute: Date) => boolean }
	| { kind: 'seconds'; every: number }
	| { kind: 'start' };

const macros: Record<string, string> = {
	'@yearly': '0 0 1 1 *',
	'@annually': '0 0 1 1 *',
	'@monthly': '0 0 1 * *',
	'@weekly': '0 0 * * 0',
	'@daily': '0 0 * * *',
	'@midnight': '0 0 * * *',
	'@hourly': '0 * * * *'
};

/** Throws on what is no schedule; `cron.schedule` refuses that before. */
export function parseSchedule(text: string): Schedule {
	const schedule = text.trim().toLowerCase();
	if (schedule === '@reboot') return { kind: 'start' };
	const seconds = /^(\d{1,2})\s+seconds?$/.exec(schedule)?.[1];
	if (seconds !== undefined) return { kind: 'seconds', every: Number(seconds) };
	const pattern = macros[schedule] ?? schedule;
	const [minute, hour, day, month, weekday] = pattern.split(/\s+/);
	const cron = new Cron([minute, hour, day?.replaceAll('$', 'L'), month, weekday].join(' '), {
		timezone: 'UTC',
		mode: '5-part',
		// Vixie's rule: either day counts, unless one of the two begins with a star.
		domAndDow: day?.startsWith('*') === true || weekday?.startsWith('*') === true
	});
	return { kind: 'minutes', matches: (minute) => cron.match(minute) };
}
