import { expect, it } from 'vitest';
import { nextPath, withReturn } from './next-path.ts';

it('follows links of mails to this console only', () => {
	expect(nextPath('https://chat.example/invitation/inv_1', 'chat.example')).toBe(
		'/invitation/inv_1'
	);
	expect(nextPath('https://evil.example/invitation/inv_1', 'chat.example')).toBe('/inbox');
	expect(nextPath('//evil.example/x', 'chat.example')).toBe('/inbox');
	expect(nextPath('/settings/profile?x=1', 'chat.example')).toBe('/settings/profile?x=1');
	expect(nextPath(null, 'chat.example')).toBe('/inbox');
});

it('carries the way back', () => {
	expect(withReturn('/signup', '/inbox')).toBe('/signup');
	expect(withReturn('/signup', '/a?b=c')).toBe('/signup?return=%2Fa%3Fb%3Dc');
});
