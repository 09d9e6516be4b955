/** Relative luminance of `#rrggbb` (WCAG 2.2). */
export function luminance(color: string): number {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
		const channel = parseInt(color.slice(at, at + 2), 16) / 255;
		return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(a: string, b: string): number {
	const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
	return (light + 0.05) / (dark + 0.05);
}

const black = '#111111';
const white = '#ffffff';

/** The text colour that reads best on all the given ones; white wins where it is good enough. */
export function inkOn(...colors: string[]): string {
	const worst = (ink: string) => Math.min(...colors.map((color) => contrast(color, ink)));
	return worst(white) >= 4.5 || worst(white) >= worst(black) ? white : black;
}
