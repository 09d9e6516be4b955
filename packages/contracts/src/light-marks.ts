/** How a stretch of a message is drawn. */
export type Mark = 'strong' | 'em' | 'del' | 'code';

export interface Marked {
	text: string;
	mark?: Mark;
}

const marks: Readonly<Record<string, Mark>> = {
	'**': 'strong',
	'*': 'em',
	_: 'em',
	'~~': 'del',
	'`': 'code'
};

/** Signs stand at the edges of words, on one line: `snake_case` and `2 * 3` are left alone. */
const marked =
	/(^|[^\p{L}\p{N}*_~`\\/])(\*\*|~~|[*_`])([^\s*_~`](?:.*?[^\s*_~`])?)\2(?![\p{L}\p{N}*_~`/])/gmu;

/**
 * Finds what a message marks as bold, italic, struck out or code. What comes out is text with the
 * name of how to draw it, never markup: nothing that anybody writes can become an element.
 */
export function marksIn(text: string): Marked[] {
	const found: Marked[] = [];
	let from = 0;
	for (const match of text.matchAll(marked)) {
		const [all, before = '', sign = '', inner = ''] = match;
		const start = match.index + before.length;
		const mark = marks[sign];
		if (!mark) continue;
		if (start > from) found.push({ text: text.slice(from, start) });
		found.push({ text: inner, mark });
		from = match.index + all.length;
	}
	if (from < text.length) found.push({ text: text.slice(from) });
	return found;
}

/** A message in one plain line of text, as previews, quotes and notifications show it. */
export function withoutMarks(text: string): string {
	return marksIn(text)
		.map((stretch) => stretch.text)
		.join('');
}
