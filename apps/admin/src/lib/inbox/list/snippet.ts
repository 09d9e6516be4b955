import { foundEnd, foundStart } from '@chatiq/contracts/search';

export interface Piece {
	text: string;
	found: boolean;
}

/** A snippet cut at the marks around what was found. */
export function pieces(snippet: string): Piece[] {
	return snippet
		.split(foundStart)
		.flatMap((part, index) => {
			if (index === 0) return [{ text: part, found: false }];
			const [found = '', rest = ''] = part.split(foundEnd, 2);
			return [
				{ text: found, found: true },
				{ text: rest, found: false }
			];
		})
		.filter(({ text }) => text !== '');
}
