import { marksIn, type Marked } from '@chatiq/contracts/light-marks';

/** A piece of a message: plain or marked text, or text that leads somewhere. */
export interface Piece extends Marked {
	href?: string;
}

const candidate = /https?:\/\/[^\s<>"]+|www\.[^\s<>"]+\.[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
const trailing = /[.,;:!?'"»”’)\]}*_~]$/;

/** Finds web and e-mail addresses, and what is marked as bold and the like. What comes out are text nodes and links, never markup. */
export function linkify(text: string): Piece[] {
	const pieces: Piece[] = [];
	let from = 0;
	for (const match of text.matchAll(candidate)) {
		const address = withoutTail(match[0]);
		const href = hrefOf(address);
		if (!href) continue;
		if (match.index > from) pieces.push(...marksIn(text.slice(from, match.index)));
		pieces.push({ text: address, href });
		from = match.index + address.length;
	}
	if (from < text.length) pieces.push(...marksIn(text.slice(from)));
	return pieces;
}

/** The full stop after a link, or the bracket around it, belongs to the sentence. */
function withoutTail(address: string): string {
	let end = address.length;
	while (trailing.test(address.slice(0, end))) {
		const open = address.slice(0, end).split('(').length;
		const closed = address.slice(0, end).split(')').length;
		if (address[end - 1] === ')' && open >= closed) break;
		end--;
	}
	return address.slice(0, end);
}

/** Null for what only looks like an address. Nothing but these three schemes ever becomes a link. */
function hrefOf(address: string): string | null {
	if (!/^(https?:|www\.)/i.test(address)) return `mailto:${address}`;
	const full = /^www\./i.test(address) ? `https://${address}` : address;
	return URL.canParse(full) ? new URL(full).href : null;
}
