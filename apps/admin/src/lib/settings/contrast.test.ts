import { expect, it } from 'vitest';
import { checkColors, inkOn, isColor } from './contrast.ts';

it('measures as WCAG does', () => {
	expect(checkColors('#000000', '#ffffff')).toEqual({ text: 21, onPage: 21, gradient: false });
	expect(checkColors('#767676', '#767676').onPage).toBeCloseTo(4.54, 2);
});

it('finds a bubble that is hard to see, and a gradient that cannot be', () => {
	expect(checkColors('#ffe14d', '#3b5bfd')).toMatchObject({ gradient: false });
	expect(checkColors('#ffe14d', '#3b5bfd').onPage).toBeLessThan(3);
	expect(checkColors('#3b5bfd', '#7c3aed').gradient).toBe(true);
});

it('has an ink with enough contrast for every grey', () => {
	for (let level = 0; level < 256; level++) {
		const grey = `#${level.toString(16).padStart(2, '0').repeat(3)}`;
		expect(checkColors(grey, grey).text).toBeGreaterThanOrEqual(4.5);
	}
	expect([inkOn('#ffffff'), isColor('#FFF'), isColor('#12ab9f')]).toEqual(['#000000', false, true]);
});
