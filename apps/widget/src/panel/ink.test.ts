import { describe, expect, it } from 'vitest';
import { blends, inkOn } from './ink.ts';

const steps = [0x00, 0x44, 0x80, 0xbb, 0xff];
const colors = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => [r, g, b])));
const hex = (color: readonly number[]) =>
	`#${color.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

/** As WCAG 2.2 has it, written once more and differently. */
function contrast(background: readonly number[], ink: 'white' | 'black'): number {
	const [r = 0, g = 0, b = 0] = background.map((channel) => {
		const value = channel / 255;
		return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
	});
	const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
	return ink === 'white' ? 1.05 / (luminance + 0.05) : (luminance + 0.05) / 0.05;
}

describe('inkOn', () => {
	it('has a contrast of 4.5 on every colour', () => {
		const unreadable = colors.filter((color) => contrast(color, inkOn(hex(color))) < 4.5);
		expect(unreadable).toEqual([]);
	});
});

describe('blends', () => {
	it('takes two colours only when the text reads well all the way between them', () => {
		let taken = 0;
		for (const from of colors) {
			for (const to of colors) {
				if (!blends(hex(from), hex(to))) continue;
				taken++;
				for (let share = 0; share <= 1; share += 0.1) {
					const between = from.map(
						(channel, index) => channel + share * ((to[index] ?? 0) - channel)
					);
					if (contrast(between, inkOn(hex(from))) < 4.3) expect.fail(`${hex(from)} to ${hex(to)}`);
				}
			}
		}
		expect(taken).toBeGreaterThan(5000);
		expect(blends('#ff0000', '#00aaff')).toBe(false);
	});
});
