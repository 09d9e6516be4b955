import { expect, it } from 'vitest';
import { fuzzy, ranked } from './fuzzy.ts';

const find = (typed: string, all: string[]) => ranked(typed, all, (one) => one);

it('puts beginnings of words before what stands inside of them', () => {
	expect(find('ship', ['Worship', 'Free shipping', 'Shipping'])).toEqual([
		'Shipping',
		'Free shipping',
		'Worship'
	]);
});

it('finds letters with others between, initials first', () => {
	expect(find('cc', ['Second choice', 'Close conversation', 'Open'])).toEqual([
		'Close conversation',
		'Second choice'
	]);
});

it('wants every word, in any order and any case', () => {
	expect(find('КИЇВ доставка', ['Доставка в Київ', 'Доставка у Львів'])).toEqual([
		'Доставка в Київ'
	]);
});

it('keeps the order when nothing was typed', () => {
	expect(find(' ', ['b', 'a'])).toEqual(['b', 'a']);
	expect(fuzzy('z', 'a')).toBeNull();
});
