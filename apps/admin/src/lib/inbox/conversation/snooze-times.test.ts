import { expect, it } from 'vitest';
import { localValue, snoozeTimes } from './snooze-times.ts';

const names = (now: Date) =>
	snoozeTimes(now).map(({ name, at }) => [name, localValue(at).replace('T', ' ')]);

it('offers what lies ahead on a Saturday', () => {
	expect(names(new Date(2026, 10, 21, 10, 30))).toEqual([
		['hours', '2026-11-21 13:30'],
		['evening', '2026-11-21 18:00'],
		['tomorrow', '2026-11-22 09:00'],
		['week', '2026-11-23 09:00']
	]);
});

it('offers no evening in the evening, and no Monday on a Sunday', () => {
	expect(names(new Date(2026, 10, 22, 17, 5)).map(([name]) => name)).toEqual(['hours', 'tomorrow']);
});

it('means the next Monday on a Monday', () => {
	expect(names(new Date(2026, 10, 23, 8)).at(-1)).toEqual(['week', '2026-11-30 09:00']);
});
