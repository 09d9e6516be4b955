import { expect, it } from 'vitest';
import { zoneName, zoneOptions } from './time-zones.ts';

it.each([
	['Europe/Kiev', 'Europe/Kyiv'],
	['Europe/Kyiv', 'Europe/Kyiv'],
	['Asia/Saigon', 'Asia/Ho Chi Minh'],
	['America/New_York', 'America/New York'],
	['UTC', 'UTC']
])('calls %s %s', (timeZone, name) => expect(zoneName(timeZone)).toBe(name));

it.each(['Europe/Kiev', 'Europe/Kyiv'])('offers %s once, under its name of today', (stored) => {
	const offered = zoneOptions([stored]).filter(({ text }) => /Kyiv|Kiev/.test(text));
	expect(offered).toEqual([{ value: stored, text: 'Europe/Kyiv' }]);
});

it('offers each time zone of the browser, and UTC', () => {
	const values = zoneOptions([]).map(({ value }) => value);
	expect(values).toEqual(expect.arrayContaining(['UTC', 'Europe/Warsaw', 'America/New_York']));
	expect(new Set(values).size).toBe(values.length);
});
