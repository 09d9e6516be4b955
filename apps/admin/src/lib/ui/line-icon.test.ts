import { expect, test } from 'vitest';
import { pathOf } from '../../../lean-icons.ts';

test('shapes become one path, in which a relative one begins where it did', () => {
	expect(
		pathOf([
			['path', { d: 'M20 6 9 17' }],
			['path', { d: 'm9 17-5-5' }],
			['line', { x1: '1', y1: '2', x2: '3', y2: '4' }],
			['polyline', { points: '1 2 3 4' }],
			['circle', { cx: '12', cy: '12', r: '10' }],
			['rect', { x: '3', y: '4', width: '18', height: '12', rx: '2' }]
		])
	).toBe(
		'M20 6 9 17' +
			'M0 0m9 17-5-5' +
			'M1 2L3 4' +
			'M1 2 3 4' +
			'M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0z' +
			'M5 4h14a2 2 0 0 1 2 2v8a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-8a2 2 0 0 1 2 -2z'
	);
});

test('what a path cannot show is not left out in silence', () => {
	expect(() => pathOf([['text', {}]])).toThrow();
	expect(() => pathOf([['rect', { width: '4', height: '4', fill: 'currentColor' }]])).toThrow();
	const dot = { cx: '7.5', cy: '7.5', r: '.5', fill: 'currentColor' };
	expect(pathOf([['circle', dot]])).toContain('M7.5 7.5h0');
});
