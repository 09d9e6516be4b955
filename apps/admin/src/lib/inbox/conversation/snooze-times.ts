export interface SnoozeTime {
	name: 'hours' | 'evening' | 'tomorrow' | 'week';
	at: Date;
}

const evening = 18;
const morning = 9;
const monday = 1;

/** The usual times to come back to something, in the operator's own time zone; only those ahead. */
export function snoozeTimes(now: Date): SnoozeTime[] {
	const at = (days: number, hours: number) =>
		new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hours);
	const untilMonday = (monday + 7 - now.getDay()) % 7 || 7;
	const inHours = new Date(now.getTime() + 3 * 3_600_000);
	const times: SnoozeTime[] = [{ name: 'hours', at: inHours }];
	if (now.getHours() < evening - 1) times.push({ name: 'evening', at: at(0, evening) });
	times.push({ name: 'tomorrow', at: at(1, morning) });
	// On Sundays that is tomorrow.
	if (untilMonday > 1) times.push({ name: 'week', at: at(untilMonday, morning) });
	return times;
}

/** For `<input type="datetime-local">`, which knows no time zone. */
export function localValue(date: Date): string {
	const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
	return shifted.toISOString().slice(0, 16);
}
