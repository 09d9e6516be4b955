import { expect, it } from 'vitest';
import { Zoom } from './zoom.svelte.ts';

const setup = () => new Zoom(() => ({ width: 400, height: 200 }));

it('grows and shrinks between all of the picture and five times that', () => {
	const zoom = setup();
	zoom.out();
	expect([zoom.scale, zoom.near]).toEqual([1, false]);
	for (let i = 0; i < 10; i++) zoom.in();
	expect([zoom.scale, zoom.near]).toEqual([5, true]);
});

it('moves no further than the edge of the picture', () => {
	const zoom = setup();
	zoom.move(50, 50);
	expect([zoom.x, zoom.y]).toEqual([0, 0]);
	zoom.by(2);
	zoom.move(1000, -1000);
	expect([zoom.x, zoom.y]).toEqual([200, -100]);
});

it('comes back from where it was when all is shown again', () => {
	const zoom = setup();
	zoom.toggle();
	expect(zoom.scale).toBe(2.5);
	zoom.move(40, 20);
	zoom.toggle();
	expect([zoom.scale, zoom.x, zoom.y]).toEqual([1, 0, 0]);
});
