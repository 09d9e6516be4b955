/** The text colour, white or black, that reads better on `#rrggbb` (relative luminance of WCAG 2.2). */
export function inkOn(color: string): 'white' | 'black' {
	const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
		const channel = parseInt(color.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
		return (
			sum + weight * (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
		);
	}, 0);
	// Where black and white have the same contrast: (1 + 0.05) / (x + 0.05) = (x + 0.05) / 0.05.
	return luminance < 0.179 ? 'white' : 'black';
}
