/** Relative luminance of `#rrggbb`, WCAG 2.2. */
function luminance(color: string): number {
	const channel = (index: number) => {
		const value = parseInt(color.slice(1 + 2 * index, 3 + 2 * index), 16) / 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	};
	return 0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2);
}

function contrast(a: string, b: string): number {
	const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

export const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/.test(text);

/** What the widget writes on the colour: white or black, whichever reads better. */
export const inkOn = (color: string): '#ffffff' | '#000000' =>
	luminance(color) < 0.179 ? '#ffffff' : '#000000';

export interface ColorCheck {
	/** Of the text on the first colour; the widget needs 4.5, and has it with either ink. */
	text: number;
	/** Between the bubble and a white page: below 3 it is hard to find. */
	onPage: number;
	/** Whether one ink reads well on both ends; otherwise the widget leaves the gradient out. */
	gradient: boolean;
}

export function checkColors(primary: string, secondary: string): ColorCheck {
	return {
		text: contrast(primary, inkOn(primary)),
		onPage: contrast(primary, '#ffffff'),
		gradient: inkOn(primary) === inkOn(secondary)
	};
}
