import { describe, expect, it } from 'vitest';
import { linkify } from './linkify.ts';

const links = (text: string) =>
	linkify(text).flatMap(({ text, href }) => (href === undefined ? [] : [[text, href]]));

describe('linkify', () => {
	it.each([
		['see https://a.example/b?c=d#e', 'https://a.example/b?c=d#e', 'https://a.example/b?c=d#e'],
		['(https://a.example/x).', 'https://a.example/x', 'https://a.example/x'],
		['https://a.example/x_(y)', 'https://a.example/x_(y)', 'https://a.example/x_(y)'],
		['www.a.example, ok', 'www.a.example', 'https://www.a.example/'],
		['to me+you@a.example!', 'me+you@a.example', 'mailto:me+you@a.example'],
		['HTTPS://A.example', 'HTTPS://A.example', 'https://a.example/']
	])('finds the address in %j', (text, shown, href) => {
		expect(links(text)).toEqual([[shown, href]]);
	});

	it.each([
		'javascript:alert(1)',
		'data:text/html,<b>x</b>',
		'<img src=x onerror=alert(1)>',
		'https://',
		'vbscript:x',
		'a.b c/d',
		'file:///etc/passwd'
	])('leaves %j as text', (text) => {
		expect(linkify(text)).toEqual([{ text }]);
	});

	it('loses no character', () => {
		const text =
			'Ціна: https://a.example/№1 (або www.b.example) — пишіть на c@d.example 🙂\n\nДякую';
		expect(
			linkify(text)
				.map((piece) => piece.text)
				.join('')
		).toBe(text);
	});

	it('stays quick on a hostile text', () => {
		const begin = performance.now();
		linkify('https://' + '('.repeat(2000) + ')'.repeat(1900));
		linkify('a@'.repeat(2000));
		linkify('www.'.repeat(1000));
		expect(performance.now() - begin).toBeLessThan(500);
	});
});
