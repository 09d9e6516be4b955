import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from '@chatiq/i18n/widget/en.json' with { type: 'json' };
import { reasonOf } from './failure/failure-texts.ts';
import { counted } from './later/later-texts.ts';
import { Wording } from './wording.ts';

const folder = `${import.meta.dirname}/../../../../packages/i18n/widget`;
const textsIn = (file: string) =>
	JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Record<string, string>;
/** Of the panel, and of each of its parts. */
const files = globSync('**/en.json', { cwd: folder });

describe.each(files)('the texts of %s', (file) => {
	const english = textsIn(file);
	const ukrainian = textsIn(file.replace('en.json', 'uk.json'));

	it('exist in both languages', () => {
		expect(Object.keys(ukrainian).sort()).toEqual(Object.keys(english).sort());
	});

	it('have the same places to fill in both languages', () => {
		const places = (text = '') => text.match(/\{\w+\}/g)?.sort() ?? [];
		for (const [key, text] of Object.entries(english)) {
			expect([key, places(ukrainian[key])]).toEqual([key, places(text)]);
		}
	});

	it('are not left empty or untranslated', () => {
		for (const [key, text] of Object.entries(ukrainian)) {
			expect(text.trim(), key).not.toBe('');
			if (text.replaceAll(/\{\w+\}|\W/g, '') !== '') expect(text, key).toMatch(/[а-яіїєґ]/i);
		}
	});
});

describe('numbers of things', () => {
	it.each([
		[1, '1 нове повідомлення'],
		[2, '2 нові повідомлення'],
		[5, '5 нових повідомлень'],
		[11, '11 нових повідомлень'],
		[21, '21 нове повідомлення'],
		[22, '22 нові повідомлення']
	])('are said for %i in Ukrainian', (count, text) => {
		expect(counted('uk', 'news', count)).toBe(text);
	});

	it.each([
		[1, '1 new message'],
		[2, '2 new messages']
	])('are said for %i in English', (count, text) => {
		expect(counted('en', 'news', count)).toBe(text);
	});
});

describe('a refusal', () => {
	it('has words, also when it is not known', () => {
		expect(reasonOf('message_too_long', 'en')).toMatch(/too long/);
		expect(reasonOf('something_new', 'en')).toBe(reasonOf('other', 'en'));
	});
});

describe('Wording', () => {
	it('names the days near to today, and the year only when it is another one', () => {
		const wording = new Wording('en', en);
		const now = new Date('2026-11-21T09:00:00');
		const day = (at: string) => wording.day(new Date(at).toISOString(), now);
		expect(day('2026-11-21T00:01:00')).toBe('Today');
		expect(day('2026-11-20T23:59:00')).toBe('Yesterday');
		expect(day('2026-11-19T12:00:00')).not.toMatch(/2026/);
		expect(day('2025-11-19T12:00:00')).toMatch(/2025/);
	});
});
