import { expect, it } from 'vitest';
import { foundEnd, foundStart } from '@chatiq/contracts/search';
import { pieces } from './snippet.ts';

const mark = (text: string) => `${foundStart}${text}${foundEnd}`;

it('tells what was found from what is around it', () => {
	expect(pieces(`Do you have ${mark('Guji')} or ${mark('guji')}-like?`)).toEqual([
		{ text: 'Do you have ', found: false },
		{ text: 'Guji', found: true },
		{ text: ' or ', found: false },
		{ text: 'guji', found: true },
		{ text: '-like?', found: false }
	]);
});

it('leaves no empty pieces', () => {
	expect(pieces(mark('Guji'))).toEqual([{ text: 'Guji', found: true }]);
	expect(pieces('')).toEqual([]);
});
