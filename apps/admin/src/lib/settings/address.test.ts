import { expect, it } from 'vitest';
import { isAddress } from './address.ts';

it.each(['203.0.113.7', '203.0.113.0/24', '10.0.0.0/8', '2001:db8::1', '2001:db8::/32'])(
	'%s can be blocked',
	(text) => expect(isAddress(text)).toBe(true)
);

it.each([
	'',
	'shop.example',
	'203.0.113',
	'203.0.113.256',
	'0.0.0.0/0',
	'2001::/16',
	'1.2.3.4/24/8'
])('%s cannot', (text) => expect(isAddress(text)).toBe(false));
