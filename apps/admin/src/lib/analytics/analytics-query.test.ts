import { describe, expect, it } from 'vitest';
import {
	addDays,
	drillDownHref,
	drillDownOf,
	periodProblem,
	queryOf,
	searchOf
} from './analytics-query.ts';

const known = { siteIds: ['s1'], operatorIds: ['o1'], today: '2026-03-31' };
const read = (search: string) => queryOf(new URL(`https://console.test/analytics${search}`), known);

describe('the query in the address', () => {
	it('is a month up to today unless the address says otherwise', () => {
		expect(read('')).toEqual({
			period: '30',
			from: '2026-03-02',
			to: '2026-03-31',
			site_id: null,
			operator_id: null
		});
		expect(read('?days=7').from).toBe('2026-03-25');
	});

	it.each(['', '?days=90', '?days=7&site=s1', '?from=2026-01-01&to=2026-02-01&operator=o1'])(
		'is written as it was read: %s',
		(search) => expect(searchOf(read(search))).toBe(search)
	);

	it.each([
		...['?days=8', '?days=own', '?site=foreign', '?operator=foreign'],
		...[
			'?from=2026-02-01&to=2026-01-01',
			'?from=2020-01-01&to=2026-01-01',
			'?from=x&to=2026-01-01'
		],
		'?from=2026-02-31&to=2026-13-01'
	])('ignores what cannot be counted: %s', (search) => expect(searchOf(read(search))).toBe(''));

	it('leads to the conversations behind a number and back', () => {
		const query = read('?days=7&site=s1');
		const href = drillDownHref(query, { measure: 'missed', page: 'shop.test/a b' });
		const url = new URL(href, 'https://console.test');
		expect(queryOf(url, known)).toEqual(query);
		expect(drillDownOf(url)).toEqual({ measure: 'missed', page: 'shop.test/a b' });
	});
});

it('counts days over months and leap years', () => {
	expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
	expect(addDays('2026-03-29', -29)).toBe('2026-02-28');
});

it('says what is wrong with a period', () => {
	expect(periodProblem('', '2026-01-01')).toBe('missing');
	expect(periodProblem('2026-01-02', '2026-01-01')).toBe('order');
	expect(periodProblem('2024-01-01', '2026-01-01')).toBe('long');
	expect(periodProblem('2026-01-01', '2026-01-01')).toBeNull();
});
