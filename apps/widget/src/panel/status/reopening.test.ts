import en from '@chatiq/i18n/widget/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/widget/uk.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { Wording } from '../wording.ts';
import { reopening } from './reopening.ts';

const english = new Wording('en', en);
const ukrainian = new Wording('uk', uk);
/** Local times, so that the tests hold in any zone. */
const now = new Date(2026, 10, 21, 22, 30);
const at = (...date: [year: number, month: number, day: number, hour: number]) =>
	new Date(...date).toISOString();

describe('the time of return', () => {
	it('is a day and a time in the language of the visitor', () => {
		const days = (wording: Wording) => [
			reopening(at(2026, 10, 21, 23), wording, now),
			reopening(at(2026, 10, 22, 9), wording, now),
			reopening(at(2026, 10, 23, 9), wording, now),
			reopening(at(2026, 11, 5, 9), wording, now)
		];
		expect(days(english).map((text) => text.replace(/, .*/, ''))).toEqual([
			'today',
			'tomorrow',
			'Monday',
			expect.stringMatching(/^(5 December|December 5)$/)
		]);
		expect(days(ukrainian)).toEqual([
			'сьогодні, 23:00',
			'завтра, 09:00',
			'понеділок, 09:00',
			'5 грудня, 09:00'
		]);
	});

	it('counts days of the calendar, not hours', () => {
		const morning = new Date(2026, 10, 21, 0, 5);
		expect(reopening(at(2026, 10, 22, 23), ukrainian, morning)).toBe('завтра, 23:00');
		expect(reopening(at(2026, 10, 27, 23), ukrainian, morning)).toBe('пʼятниця, 23:00');
	});
});
