import { expect, it } from 'vitest';
import { linkify } from './linkify.ts';

const links = (body: string) => linkify(body).filter((part) => part.href !== null);

it.each([
	[
		'see https://kavka.test/menu?x=1#a.',
		'https://kavka.test/menu?x=1#a',
		'https://kavka.test/menu?x=1#a'
	],
	['(https://kavka.test/a_(b))', 'https://kavka.test/a_(b)', 'https://kavka.test/a_(b)'],
	['www.kavka.test, please', 'www.kavka.test', 'https://www.kavka.test/'],
	['write to olena@kavka.test!', 'olena@kavka.test', 'mailto:olena@kavka.test'],
	[
		'дивіться https://кава.test/меню',
		'https://кава.test/меню',
		'https://xn--80aaf4a.test/%D0%BC%D0%B5%D0%BD%D1%8E'
	]
])('links %s', (body, text, href) => {
	expect(links(body)).toEqual([{ text, href }]);
});

it.each([
	'javascript:alert(1)',
	'<img src=x onerror=alert(1)>',
	'data:text/html,<script>alert(1)</script>',
	'vbscript:msgbox(1)',
	'http://',
	'just a word. And another'
])('leaves %s as text', (body) => {
	expect(linkify(body)).toEqual([{ text: body, href: null }]);
});

it('draws marks outside of links only', () => {
	expect(linkify('**new** https://x.test/_a_')).toEqual([
		{ text: 'new', mark: 'strong', href: null },
		{ text: ' ', href: null },
		{ text: 'https://x.test/_a_', href: 'https://x.test/_a_' }
	]);
});

it('loses no character', () => {
	const body = 'a https://x.test, b <b>www.y.test</b> c@d.test… «https://z.test»';
	expect(
		linkify(body)
			.map((part) => part.text)
			.join('')
	).toBe(body);
});
