import { expect, it } from 'vitest';
import { durationOf } from './weekly-report.ts';

it.each([
	[0.4, '1 sec'],
	[59.6, '1 min'],
	[71, '1 min 11 sec'],
	[599, '9 min 59 sec'],
	[610, '10 min'],
	[3599, '1 hr'],
	[7500, '2 hr 5 min']
])('says how long %s seconds are', (seconds, text) => {
	expect(durationOf(seconds, 'en')).toBe(text);
});
