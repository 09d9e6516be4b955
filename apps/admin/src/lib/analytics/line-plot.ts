import { scaleLinear, scalePoint } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';

export interface LineDay {
	day: string;
	value: number | null;
	/** The same day of the period before. */
	before: number | null;
}

export interface Box {
	width: number;
	height: number;
	/** What is counted is whole: nobody had one and a half. */
	whole?: boolean;
}

export interface LinePlot {
	/** Paths of SVG; days without a value are gaps. */
	current: string;
	before: string;
	points: { x: number; y: number | null; day: string }[];
	ticksY: { y: number; value: number }[];
	/** Days that are named below, no more than fit. */
	ticksX: { x: number; day: string }[];
}

export const margin = { top: 12, right: 12, bottom: 24, left: 64 };
const labelWidth = 76;

/** Where everything of a line plot stands. */
export function linePlot(
	days: readonly LineDay[],
	{ width, height, whole = false }: Box
): LinePlot {
	const x = scalePoint()
		.domain(days.map(({ day }) => day))
		.range([margin.left, Math.max(width - margin.right, margin.left + 1)]);
	const top = Math.max(0, ...days.flatMap(({ value, before }) => [value ?? 0, before ?? 0]));
	const y = scaleLinear()
		.domain([0, top === 0 ? 1 : top])
		.nice(4)
		.range([height - margin.bottom, margin.top]);
	const draw = (valueOf: (day: LineDay) => number | null): string =>
		line<LineDay>()
			.defined((day) => valueOf(day) !== null)
			.x(({ day }) => x(day) ?? 0)
			.y((day) => y(valueOf(day) ?? 0))
			.curve(curveMonotoneX)([...days]) ?? '';
	const most = Math.max(1, Math.floor((width - margin.left) / labelWidth));
	const every = Math.max(1, Math.ceil(days.length / most));
	return {
		current: draw(({ value }) => value),
		before: draw(({ before }) => before),
		points: days.map(({ day, value }) => ({
			x: x(day) ?? 0,
			y: value === null ? null : y(value),
			day
		})),
		ticksY: y
			.ticks(4)
			.filter((value) => !whole || Number.isInteger(value))
			.map((value) => ({ y: y(value), value })),
		ticksX: days
			.filter((_, place) => place % every === 0)
			.map(({ day }) => ({ x: x(day) ?? 0, day }))
	};
}

/** The place of the point that is nearest to where somebody points. */
export function nearest(points: readonly { x: number }[], at: number): number {
	return points.reduce(
		(best, { x }, place) =>
			Math.abs(x - at) < Math.abs((points[best]?.x ?? Infinity) - at) ? place : best,
		0
	);
}
