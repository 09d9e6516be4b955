import { expect, it } from 'vitest';
import { hoursProblems, type Hours, type Interval } from './hours.ts';
import { hoursOf, rowsOf } from './stored-hours.ts';

const hours = (week: Partial<Record<number, Interval[]>>, days: Hours['days'] = []): Hours => ({
	time_zone: 'Europe/Kyiv',
	week: Array.from({ length: 7 }, (_, day) => week[day] ?? []),
	days
});
const at = (opens: string, closes: string): Interval => ({ opens, closes });
const wrong = (of: Hours) => Object.keys(hoursProblems(of));

it('lets intervals touch, and nights reach into the next day', () => {
	expect(wrong(hours({ 0: [at('09:00', '13:00'), at('13:00', '18:00')] }))).toEqual([]);
	expect(wrong(hours({ 4: [at('22:00', '06:00')], 5: [at('06:00', '12:00')] }))).toEqual([]);
	expect(wrong(hours({ 2: [at('00:00', '00:00')], 3: [at('00:00', '00:00')] }))).toEqual([]);
});

it('names intervals that overlap, also over midnight and from Sunday to Monday', () => {
	expect(wrong(hours({ 0: [at('09:00', '14:00'), at('13:00', '18:00')] }))).toEqual([
		'week.0.0',
		'week.0.1'
	]);
	expect(wrong(hours({ 4: [at('22:00', '06:00')], 5: [at('05:00', '12:00')] }))).toEqual([
		'week.4.0',
		'week.5.0'
	]);
	expect(wrong(hours({ 6: [at('22:00', '06:00')], 0: [at('05:00', '12:00')] }))).toEqual([
		'week.0.0',
		'week.6.0'
	]);
});

it('names what is missing', () => {
	const twice = { day: '2026-12-24', name: '', hours: [] };
	expect(wrong(hours({ 0: [at('', '10:00')], 1: [at('10:00', '10:00')] }, [twice, twice]))).toEqual(
		['week.0.0', 'week.1.0', 'days.1']
	);
});

it('shows rows in the order of days and times, midnight as it is typed, and writes them back', () => {
	const weekly = [
		{ weekday: 1, opens: '13:00:00', closes: '24:00:00' },
		{ weekday: 1, opens: '09:00:00', closes: '12:00:00' }
	];
	const { values } = hoursOf('UTC', weekly, [
		{ day: '2026-12-31', opens: '10:00:00', closes: '14:00:00', name: 'Short day' },
		{ day: '2026-12-25', opens: null, closes: null, name: null }
	]);
	expect(values.week[0]).toEqual([at('09:00', '12:00'), at('13:00', '00:00')]);
	expect(values.days).toEqual([
		{ day: '2026-12-25', name: '', hours: [] },
		{ day: '2026-12-31', name: 'Short day', hours: [at('10:00', '14:00')] }
	]);
	expect(rowsOf(values)).toEqual({
		time_zone: 'UTC',
		hours: [
			{ weekday: 1, opens: '09:00', closes: '12:00' },
			{ weekday: 1, opens: '13:00', closes: '24:00' }
		],
		special_days: [
			{ day: '2026-12-25', opens: null, closes: null },
			{ day: '2026-12-31', opens: '10:00', closes: '14:00' }
		]
	});
});
