import { expect, it } from 'vitest';
import { loginPath, returnTo } from './return-to.ts';

it.each([
	[null, '/inbox'],
	['/inbox/abc?x=1', '/inbox/abc?x=1'],
	['//evil.test/inbox', '/inbox'],
	['/\\evil.test', '/inbox'],
	['https://evil.test', '/inbox'],
	['/login?return=/login', '/inbox'],
	['javascript:alert(1)', '/inbox']
])('turns %s into %s', (value, path) => {
	expect(returnTo(value)).toBe(path);
});

it('remembers where an operator wanted to go', () => {
	const path = loginPath(new URL('https://console.test/inbox/abc?site=1'));
	expect(path).toBe('/login?return=%2Finbox%2Fabc%3Fsite%3D1');
	expect(loginPath(new URL('https://console.test/inbox'))).toBe('/login');
});
