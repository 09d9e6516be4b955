import { describe, expect, it } from 'vitest';
import en from '../src/gen/emoji-en.json' with { type: 'json' };
import uk from '../src/gen/emoji-uk.json' with { type: 'json' };
import { findEmoji, tones, withTone, type EmojiGroup } from './catalog.ts';
import { commonEmoji } from './common.ts';

const catalogs: Record<string, EmojiGroup[]> = {
	en: en as unknown as EmojiGroup[],
	uk: uk as unknown as EmojiGroup[]
};
const all = (language: string) => catalogs[language]?.flatMap(([, rows]) => rows) ?? [];

describe.each(['en', 'uk'])('the emoji of %s', (language) => {
	it('fill nine categories, each character once', () => {
		const characters = all(language).map(([emoji]) => emoji);
		expect(catalogs[language]).toHaveLength(9);
		expect(characters.length).toBeGreaterThan(1500);
		expect(new Set(characters).size).toBe(characters.length);
	});

	it('have the common ones', () => {
		const characters = all(language).map(([emoji]) => emoji);
		expect(commonEmoji.filter((emoji) => !characters.includes(emoji))).toEqual([]);
	});
});

it.each([
	['en', 'thumbs u', '👍'],
	['en', 'coffee', '☕'],
	['uk', 'кава', '☕'],
	['uk', 'Серце', '❤️']
])('%s: "%s" finds %s', (language, question, emoji) => {
	const found = findEmoji(catalogs[language] ?? [], question).map(([character]) => character);
	expect(found).toContain(emoji);
});

it('finds nothing for nothing, and nothing for nonsense', () => {
	expect(findEmoji(catalogs['en'] ?? [], '  ')).toEqual([]);
	expect(findEmoji(catalogs['en'] ?? [], 'qwertz')).toEqual([]);
});

it('colours a hand', () => {
	expect(withTone('👍', tones[0])).toBe('👍🏻');
	expect(withTone('✌️', tones[4])).toBe('✌🏿');
	expect(withTone('👍', '')).toBe('👍');
});
