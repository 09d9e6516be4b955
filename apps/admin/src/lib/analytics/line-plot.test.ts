import { expect, it } from 'vitest';
import { linePlot, margin, nearest, type LineDay } from './line-plot.ts';

const box = { width: 600, height: 200 };
const day = (place: number, value: number | null, before: number | null = null): LineDay => ({
	day: `2026-01-${String(place + 1).padStart(2, '0')}`,
	value,
	before
});

it('puts nothing outside of the box, zero at the bottom and the most below the top', () => {
	const { points, ticksY } = linePlot([day(0, 0), day(1, 37), day(2, 12, 90)], box);
	expect(points.map(({ x }) => x)).toEqual([64, 326, 588]);
	expect(points[0]?.y).toBe(box.height - margin.bottom);
	expect(points[1]?.y).toBeGreaterThan(margin.top);
	expect(ticksY[0]).toEqual({ y: box.height - margin.bottom, value: 0 });
	// The period before decides the scale too.
	expect(ticksY.at(-1)?.value).toBeGreaterThanOrEqual(90);
});

it('breaks the line where a day has no value, and draws no line for nothing', () => {
	const { current, before, points } = linePlot([day(0, 1), day(1, null), day(2, 3)], box);
	expect(current.match(/M/g)).toHaveLength(2);
	expect(before).toBe('');
	expect(points[1]?.y).toBeNull();
});

it('stands when there is nothing but zeros, or a single day', () => {
	expect(linePlot([day(0, 0)], box).points[0]).toMatchObject({ y: box.height - margin.bottom });
	expect(linePlot([], box)).toMatchObject({ current: '', points: [], ticksX: [] });
});

it.each([0, 1, 2, 3, 5])('counts up to %i in whole steps', (most) => {
	const values = (whole: boolean) =>
		linePlot([day(0, most)], { ...box, whole }).ticksY.map(({ value }) => value);
	const steps = values(true);
	expect(steps.filter((value) => !Number.isInteger(value))).toEqual([]);
	expect([steps[0], steps.at(-1)]).toEqual([0, values(false).at(-1)]);
});

it('names as many days as fit', () => {
	const days = Array.from({ length: 30 }, (_, place) => day(place, place));
	expect(linePlot(days, box).ticksX.length).toBeLessThanOrEqual(7);
	expect(linePlot(days, { ...box, width: 320 }).ticksX.length).toBeLessThanOrEqual(4);
});

it('finds the nearest point', () => {
	const points = [{ x: 0 }, { x: 10 }, { x: 20 }];
	expect([-5, 4, 6, 14, 99].map((at) => nearest(points, at))).toEqual([0, 0, 1, 1, 2]);
});
