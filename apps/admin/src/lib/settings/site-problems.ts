import { m } from '@chatiq/i18n/console';
import type { General, MailDelays, Retention, TeamWork } from './columns.ts';
import type { Problems } from './draft.svelte.ts';

const longestName = 120;

export function generalProblems({ name }: General): Problems {
	const length = Array.from(name.trim()).length;
	if (length === 0) return { name: m.set_site_name_missing() };
	if (length > longestName) return { name: m.set_site_name_long({ max: longestName }) };
	return {};
}

const inRange = (value: number | null, least: number, most: number) =>
	value === null || (Number.isInteger(value) && value >= least && value <= most);

export function mailProblems(delays: MailDelays): Problems {
	const [least, most] = [1, 1440];
	return Object.fromEntries(
		Object.entries(delays)
			.filter(([, minutes]) => !inRange(minutes, least, most))
			.map(([name]) => [name, m.set_number({ least, most })])
	);
}

export function teamWorkProblems(values: TeamWork): Problems {
	const [least, most] = [1, 10_080];
	const { first_reply_minutes, next_reply_minutes } = values;
	return Object.fromEntries(
		Object.entries({ first_reply_minutes, next_reply_minutes })
			.filter(([, minutes]) => !inRange(minutes, least, most))
			.map(([name]) => [name, m.set_number({ least, most })])
	);
}

export function retentionProblems({ retention_days }: Pick<Retention, 'retention_days'>): Problems {
	const [least, most] = [1, 3650];
	return inRange(retention_days, least, most)
		? {}
		: { retention_days: m.set_number({ least, most }) };
}
