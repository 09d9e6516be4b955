import { afterEach, expect, it, vi } from 'vitest';
import { readerCsv } from './reader-csv.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
	['uk-UA', '\uFEFFa;2,5\r\n'],
	['de-DE', '\uFEFFa;2,5\r\n'],
	['en-GB', '\uFEFFa,2.5\r\n']
])('writes a table for spreadsheets of %s', (language, text) => {
	vi.stubGlobal('navigator', { language });
	expect(readerCsv([['a', 2.5]])).toBe(text);
});
