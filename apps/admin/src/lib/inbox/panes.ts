export interface Panes {
	/** Widths in pixels. */
	list: number;
	card: number;
	/** Beside a conversation; without one the list is always there. */
	listOpen: boolean;
	cardOpen: boolean;
}

export const paneLimits = {
	list: { min: 256, max: 520, normal: 336 },
	card: { min: 240, max: 440, normal: 296 }
} as const;

const yearInSeconds = 365 * 24 * 3600;

/** `336.296.1.1`: a cookie, so that the server draws the panes where they were. */
export function readPanes(value: string | undefined): Panes {
	const [list = NaN, card = NaN, cardOpen = NaN, listOpen = NaN] = value
		? value.split('.').map(Number)
		: [];
	return {
		list: within(list, paneLimits.list),
		card: within(card, paneLimits.card),
		cardOpen: cardOpen !== 0,
		listOpen: listOpen !== 0
	};
}

export function storePanes({ list, card, cardOpen, listOpen }: Panes): void {
	const value = [Math.round(list), Math.round(card), cardOpen ? 1 : 0, listOpen ? 1 : 0].join('.');
	document.cookie = `panes=${value}; path=/; max-age=${yearInSeconds}; samesite=lax`;
}

function within(px: number, { min, max, normal }: { min: number; max: number; normal: number }) {
	return Number.isFinite(px) ? Math.min(max, Math.max(min, px)) : normal;
}
