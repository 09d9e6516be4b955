import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { m } from '@chatiq/i18n/console';

type Variants = [{ match: Record<string, string> }];
type Text = string | Variants;
type Texts = Record<string, Text>;

const folder = new URL('../../../../../packages/i18n/console/', import.meta.url);
const read = (locale: string): Texts =>
	JSON.parse(readFileSync(new URL(`${locale}.json`, folder), 'utf8')) as Texts;
const [en, uk] = [read('en'), read('uk')];

const placeholders = (text: Text | undefined): string[] =>
	[...new Set(JSON.stringify(text ?? '').match(/\{\w+\}/g) ?? [])].sort();

it('has the same texts in both languages', () => {
	expect(Object.keys(uk)).toEqual(Object.keys(en));
});

it('puts the same values into both', () => {
	for (const key of Object.keys(en)) {
		expect([key, placeholders(uk[key])]).toEqual([key, placeholders(en[key])]);
	}
});

it('has every plural form that the language has', () => {
	const forms = (text: Text | undefined): string[] =>
		typeof text === 'object' ? Object.keys(text[0].match) : [];
	for (const [key, text] of Object.entries(uk)) {
		if (typeof text === 'string') continue;
		expect([key, forms(text)]).toEqual([key, ['n=one', 'n=few', 'n=many', 'n=other']]);
		expect([key, forms(en[key])]).toEqual([key, ['n=one', 'n=other']]);
	}
});

it.each([
	[1, '1 непрочитане повідомлення'],
	[2, '2 непрочитані повідомлення'],
	[5, '5 непрочитаних повідомлень'],
	[21, '21 непрочитане повідомлення']
])('counts in Ukrainian: %i', (count, text) => {
	expect(m.inbox_unread({ count }, { locale: 'uk' })).toBe(text);
});
