import { expect, it } from 'vitest';
import { mentioned, mentionParts } from './mentions.ts';

const people = [
	{ id: 'ann', display_name: 'Ann' },
	{ id: 'anna', display_name: 'Anna Maria' },
	{ id: 'one', display_name: 'Олена' },
	{ id: 'two', display_name: 'Олена' }
];

it('finds whole names, the longest that fits', () => {
	expect(mentionParts('@Anna Maria, ask @Ann!', people)).toEqual([
		{ text: '@Anna Maria', ids: ['anna'] },
		{ text: ', ask ', ids: [] },
		{ text: '@Ann', ids: ['ann'] },
		{ text: '!', ids: [] }
	]);
	expect(mentioned('@Annabel and ann@shop.test', people, new Set())).toEqual([]);
});

it('means whoever was picked from the list, or everybody of this name', () => {
	expect(mentioned('@Олена?', people, new Set(['two', 'ann']))).toEqual(['two']);
	expect(mentioned('@Олена?', people, new Set())).toEqual(['one', 'two']);
});

it('does not mean whoever was picked and taken out again', () => {
	expect(mentioned('Nobody', people, new Set(['ann']))).toEqual([]);
});
