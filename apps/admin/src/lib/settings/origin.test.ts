import { expect, it } from 'vitest';
import { cleanOrigin, originOf } from './origin.ts';

it.each([
	['https://shop.example', 'https://shop.example'],
	['https://Shop.Example/checkout?step=2#pay', 'https://shop.example'],
	['shop.example', 'https://shop.example'],
	['  http://localhost:5173/ ', 'http://localhost:5173'],
	['*.shop.example', 'https://*.shop.example'],
	['https://[::1]:8080', 'https://[::1]:8080'],
	['http://*.shop.example:8080/x', 'http://*.shop.example:8080'],
	['http://intranet', 'http://intranet'],
	['*', '*']
])('%s is %s', (typed, origin) => {
	expect(cleanOrigin(typed)).toBe(origin);
});

it.each([
	'',
	' ',
	'two words',
	'ftp://files.example',
	'https://',
	'https://shop.*.example',
	'*.*.example',
	'shop',
	'a@b.example'
])('%s is no origin', (typed) => {
	expect(cleanOrigin(typed)).toBeNull();
});

it('understands what people type as the address of their website', () => {
	expect(originOf('shop.example')).toBe('https://shop.example');
	expect(originOf(' https://shop.example/contact?x=1 ')).toBe('https://shop.example');
	expect(originOf('HTTP://Shop.Example:8080/')).toBe('http://shop.example:8080');
	expect(originOf('localhost:5173')).toBe('http://localhost:5173');
	expect(originOf('127.0.0.1:8000/page')).toBe('http://127.0.0.1:8000');
	expect(originOf('кава.укр')).toBe('https://xn--80aaf4a.xn--j1amh');
});

it('refuses what is no website', () => {
	for (const typed of ['', '   ', 'shop', 'my shop', 'ftp://shop.example', 'mailto:a@b.example']) {
		expect(originOf(typed), typed).toBeNull();
	}
	expect(originOf('https://user:pass@shop.example')).toBeNull();
});
