import { expect, it } from 'vitest';
import { betterKept } from './merge-choice.ts';

const side = (id: string, known: object = {}) => ({
	...{ id, name: null, email: null, phone: null, verified: false },
	created_at: '2026-11-21T10:00:00Z',
	...known
});

it('prefers whom the site has verified', () => {
	const full = side('full', { name: 'Ann', email: 'ann@kavka.test', phone: '+380441234567' });
	expect(betterKept(full, side('signed', { verified: true }))).toBe('signed');
});

it('prefers who is known better', () => {
	expect(betterKept(side('a'), side('b', { name: 'Ann' }))).toBe('b');
});

it('prefers who came first, then the one that is looked at', () => {
	expect(betterKept(side('a'), side('b', { created_at: '2026-11-20T10:00:00Z' }))).toBe('b');
	expect(betterKept(side('a'), side('b'))).toBe('a');
});
