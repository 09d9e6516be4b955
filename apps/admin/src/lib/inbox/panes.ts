export interface Panes {
	/** Widths in pixels. */
	list: number;
	card: number;
	cardOpen: boolean;
}

export const paneLimits = {
	list: { min: 256, max: 520, normal: 336 },
	card: { min: 240, max: 440, normal: 296 }
} as const;

const yearInSeconds = 365 * 24 * 3600;

/** `336.296.1`: a cookie, so that the server draws the panes where they were. */
export function readPanes(value: string | undefined): Panes {
	const [list = NaN, card = NaN, open = NaN] = value ? value.split('.').map(Number) : [];
	return {
		list: within(list, paneLimits.list),
		card: within(card, paneLimits.card),
		cardOpen: open !== 0
	};
}

export function storePanes({ list, card, cardOpen }: Panes): void {
	const value = `${Math.round(list)}.${Math.round(card)}.${cardOpen ? 1 : 0}`;
	document.cookie = `panes=${value}; path=/; max-age=${yearInSeconds}; samesite=lax`;
}

function within(px: number, { min, max, normal }: { min: number; max: number; normal: number }) {
	return Number.isFinite(px) ? Math.min(max, Math.max(min, px)) : normal;
}
