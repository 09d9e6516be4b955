import { describe, expect, it } from 'vitest';
import en from '@chatiq/i18n/widget/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/widget/uk.json' with { type: 'json' };
import { Wording } from './wording.ts';

describe('the texts', () => {
	it('exist in both languages', () => {
		expect(Object.keys(uk).sort()).toEqual(Object.keys(en).sort());
	});

	it('have the same places to fill in both languages', () => {
		const places = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? [];
		for (const [key, text] of Object.entries(en)) {
			expect([key, places(uk[key as keyof typeof uk])]).toEqual([key, places(text)]);
		}
	});

	it('are not left empty or untranslated', () => {
		for (const [key, text] of Object.entries(uk)) {
			expect(text.trim(), key).not.toBe('');
			if (key !== 'says') expect(text, key).toMatch(/[а-яіїєґ]/i);
		}
	});
});

describe('Wording', () => {
	it.each([
		[1, '1 нове повідомлення'],
		[2, '2 нові повідомлення'],
		[5, '5 нових повідомлень'],
		[11, '11 нових повідомлень'],
		[21, '21 нове повідомлення'],
		[22, '22 нові повідомлення']
	])('counts %i in Ukrainian', (count, text) => {
		expect(new Wording('uk', uk).count('news', count)).toBe(text);
	});

	it.each([
		[1, '1 new message'],
		[2, '2 new messages']
	])('counts %i in English', (count, text) => {
		expect(new Wording('en', en).count('news', count)).toBe(text);
	});

	it('names the days near to today, and the year only when it is another one', () => {
		const wording = new Wording('en', en);
		const now = new Date('2026-11-21T09:00:00');
		const day = (at: string) => wording.day(new Date(at).toISOString(), now);
		expect(day('2026-11-21T00:01:00')).toBe('Today');
		expect(day('2026-11-20T23:59:00')).toBe('Yesterday');
		expect(day('2026-11-19T12:00:00')).not.toMatch(/2026/);
		expect(day('2025-11-19T12:00:00')).toMatch(/2025/);
	});

	it('has words for a refusal it does not know', () => {
		const wording = new Wording('en', en);
		expect(wording.reason('message_too_long')).toBe(en.reason_message_too_long);
		expect(wording.reason('something_new')).toBe(en.reason_other);
	});
});
