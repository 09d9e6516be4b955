/**
 * The text colour, white or black, that reads better on `#rrggbb` (relative luminance of WCAG 2.2), or on what is
 * between it and another colour.
 */
export function inkOn(color: string, other = color, share = 0): 'white' | 'black' {
	const channelOf = (from: string, index: number) =>
		parseInt(from.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
	const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
		const channel = channelOf(color, index) * (1 - share) + channelOf(other, index) * share;
		return (
			sum + weight * (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
		);
	}, 0);
	// Where black and white have the same contrast: (1 + 0.05) / (x + 0.05) = (x + 0.05) / 0.05.
	return luminance < 0.179 ? 'white' : 'black';
}

/** One text colour reads well all the way from the one to the other. */
export const blends = (color: string, other: string) =>
	[0.2, 0.4, 0.5, 0.6, 0.8, 1].every((share) => inkOn(color, other, share) === inkOn(color));
