import { marksIn, type Mark } from '@chatiq/contracts/light-marks';

export interface Segment {
	text: string;
	mark?: Mark;
	/** Only ever http, https or mailto. */
	href: string | null;
}

const candidates = /\bhttps?:\/\/[^\s<>"']+|\bwww\.[^\s<>"']+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
const trailing = /[.,;:!?…'"»”)\]}]+$/u;

/** Splits a message into plain text, marked text and links. The pieces are drawn as text nodes, never as HTML. */
export function linkify(body: string): Segment[] {
	const segments: Segment[] = [];
	let end = 0;
	for (const match of body.matchAll(candidates)) {
		const text = withoutTrailing(match[0]);
		const href = hrefOf(text);
		if (href === null) continue;
		if (match.index > end) segments.push(...plain(body.slice(end, match.index)));
		segments.push({ text, href });
		end = match.index + text.length;
	}
	if (end < body.length) segments.push(...plain(body.slice(end)));
	return segments;
}

const plain = (text: string): Segment[] => marksIn(text).map((part) => ({ ...part, href: null }));

/** The full stop after an address is not part of it; a bracket is, when it was opened inside. */
function withoutTrailing(text: string): string {
	const cut = text.replace(trailing, '');
	const closes = text.charAt(cut.length) === ')' && cut.split('(').length > cut.split(')').length;
	return closes ? `${cut})` : cut;
}

function hrefOf(text: string): string | null {
	const address = /^https?:/i.test(text)
		? text
		: text.includes('@')
			? `mailto:${text}`
			: `https://${text}`;
	if (!URL.canParse(address)) return null;
	const { protocol, href } = new URL(address);
	return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : null;
}
