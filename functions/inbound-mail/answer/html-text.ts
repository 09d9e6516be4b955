const entities: Record<string, string> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	nbsp: ' ',
	laquo: '«',
	raquo: '»',
	ndash: '–',
	mdash: '—',
	hellip: '…',
	rsquo: '’',
	lsquo: '‘'
};

/** What mail programs put around the mail that is answered. */
const quotes = [
	/<blockquote\b[\s\S]*/i,
	/<div[^>]{0,300}\bclass=["']?[^"'>]{0,300}\b(gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote)\b[\s\S]*/i,
	/<(div|hr)[^>]{0,300}\bid=["']?(appendonsend|divRplyFwdMsg|mail-editor-reference-message-container)\b[\s\S]*/i
];

/** The words of a mail that has no plain text: for chats, so that lines are all that is kept of its form. */
export function htmlText(html: string): string {
	// A mail is text here, never shown as HTML: what is missed is a stray word, not a script.
	let rest = html.slice(0, 500_000).replace(/<!--[\s\S]*?-->/g, '');
	for (const quote of quotes) rest = rest.replace(quote, '');
	return rest
		.replace(/<(style|script|head|title)\b[\s\S]*?(<\/\1\s*>|$)/gi, '')
		.replace(/[\t\r\n ]+/g, ' ')
		.replace(/<\/p\s*>/gi, '<br></div>')
		.replace(/(<\/?(p|div|tr|h[1-6]|ul|ol|table|body|html)\b[^>]{0,300}> ?)+/gi, '\n')
		.replace(/<li\b[^>]{0,300}>/gi, '\n• ')
		.replace(/<br\b[^>]{0,300}>/gi, '\n')
		.replace(/<[^>]*(>|$)/g, '')
		.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => entity(name) ?? whole)
		.split('\n')
		.map((line) => line.trim())
		.join('\n')
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}

function entity(name: string): string | undefined {
	if (!name.startsWith('#')) return entities[name.toLowerCase()];
	const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
	return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
