import { expect, it } from 'vitest';
import { Sorting } from './sorting.svelte.ts';

function setup() {
	const moves: number[][] = [];
	const sorting = new Sorting(
		() => [20, 60, 100],
		(...move) => moves.push(move)
	);
	return { sorting, moves };
}

it('says where a drawn line would go, and moves it when it is let go', () => {
	const { sorting, moves } = setup();
	sorting.press(0, 20);
	sorting.draw(70);
	expect([0, 1, 2].map((index) => sorting.markAt(index))).toEqual([null, 'below', null]);
	sorting.draw(200);
	expect(sorting.markAt(2)).toBe('below');
	expect(moves).toEqual([]);
	expect(sorting.drop()).toBe(true);
	expect(moves).toEqual([[0, 2]]);
	expect(sorting.from).toBeNull();
});

it('takes a hand that trembles for a click, and leaves what came back', () => {
	const { sorting, moves } = setup();
	sorting.press(1, 60);
	sorting.draw(63);
	expect(sorting.drop()).toBe(false);
	sorting.press(1, 60);
	sorting.draw(10);
	expect(sorting.markAt(0)).toBe('above');
	sorting.draw(62);
	expect(sorting.drop()).toBe(true);
	sorting.press(2, 100);
	sorting.draw(10);
	sorting.cancel();
	expect(sorting.drop()).toBe(false);
	expect(moves).toEqual([]);
});
