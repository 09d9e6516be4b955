import { expect, it } from 'vitest';
import { cleanOrigin } from './origin.ts';

it.each([
	['https://shop.example', 'https://shop.example'],
	['https://Shop.Example/checkout?step=2#pay', 'https://shop.example'],
	['shop.example', 'https://shop.example'],
	['  http://localhost:5173/ ', 'http://localhost:5173'],
	['*.shop.example', 'https://*.shop.example'],
	['https://[::1]:8080', 'https://[::1]:8080'],
	['*', '*']
])('%s is %s', (typed, origin) => {
	expect(cleanOrigin(typed)).toBe(origin);
});

it.each(['', ' ', 'two words', 'ftp://files.example', 'https://', 'https://shop.*.example', 'a@b.example'])(
	'%s is no origin',
	(typed) => {
		expect(cleanOrigin(typed)).toBeNull();
	}
);
