import { expect, it } from 'vitest';
import { pageAddress } from './page-address.ts';

it.each([
	['https://a.test/menu?token=1#t=2', 'https://a.test/menu'],
	['https://ann:secret@a.test/', 'https://a.test/'],
	[
		'https://a.test/?utm_source=x&email=a%40b.test&utm_campaign=y%20z&utm_id=7&utm_term=',
		'https://a.test/?utm_source=x&utm_campaign=y%20z'
	]
])('keeps of %s only %s', (href, kept) => {
	expect(pageAddress(href)).toBe(kept);
});
