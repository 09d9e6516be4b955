import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filled } from './fill.ts';

type Text = string | { [key: string]: Text };

const root = import.meta.dirname;
const folders = globSync('{exports,mails,public,widget}/**/en.json', { cwd: root }).map(dirname);
const read = (folder: string, language: 'en' | 'uk') =>
	JSON.parse(readFileSync(join(root, folder, `${language}.json`), 'utf8')) as Text;

/** Each key with the places of its text, in any order: `{ 'invitation.subject': ['{organization}'] }`. */
function placesOf(text: Text, key = ''): Record<string, string[]> {
	if (typeof text === 'string') return { [key]: [...new Set(text.match(/\{\w+\}/g))].sort() };
	const inner = Object.entries(text).map(([name, part]) =>
		placesOf(part, key === '' ? name : `${key}.${name}`)
	);
	return Object.assign({}, ...inner) as Record<string, string[]>;
}

/** Ukrainian has forms of plurals that English has not. */
const withoutOwnPlurals = (places: Record<string, string[]>) =>
	Object.fromEntries(Object.entries(places).filter(([key]) => !/_(few|many)$/.test(key)));

describe('texts', () => {
	it('are found', () => {
		expect(folders).toEqual(expect.arrayContaining(['mails', 'widget', 'widget/forms']));
	});

	it.each(folders)('of %s have the same keys and places in both languages', (folder) => {
		const [en, uk] = [placesOf(read(folder, 'en')), placesOf(read(folder, 'uk'))];
		expect(withoutOwnPlurals(uk)).toEqual(withoutOwnPlurals(en));
	});
});

it('fills places once: what is put in has none of its own', () => {
	expect(filled('{by} wrote {count} on {site}', { by: '{site}', count: 2, site: 'Shop' })).toBe(
		'{site} wrote 2 on Shop'
	);
});
