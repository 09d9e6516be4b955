import { expect, it } from 'vitest';
import { nextPath, withFailure, withReturn } from './next-path.ts';

it('goes on in this console, whatever a link says', () => {
	expect(nextPath('https://chat.example/invitation/inv_1')).toBe('/invitation/inv_1');
	expect(nextPath('https://evil.example//evil.example/x')).toBe('/inbox');
	expect(nextPath('javascript:alert(1)')).toBe('/inbox');
	expect(nextPath('//evil.example/x')).toBe('/inbox');
	expect(nextPath('/settings/profile?x=1')).toBe('/settings/profile?x=1');
	expect(nextPath('https://chat.example/login')).toBe('/inbox');
	expect(nextPath(null)).toBe('/inbox');
});

it('carries the way back', () => {
	expect(withReturn('/signup', '/inbox')).toBe('/signup');
	expect(withReturn('/signup', '/a?b=c')).toBe('/signup?return=%2Fa%3Fb%3Dc');
});

it('says on the way back what went wrong', () => {
	expect(withFailure('/login', '/inbox', null)).toBe('/login');
	expect(withFailure('/login', '/inbox', 'closed')).toBe('/login?failure=closed');
	expect(withFailure('/login', '/a?b=c', 'closed')).toBe(
		'/login?return=%2Fa%3Fb%3Dc&failure=closed'
	);
});
