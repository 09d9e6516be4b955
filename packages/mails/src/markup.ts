/** A piece of a mail that is HTML already. Only functions of this file make it. */
export class Markup {
	readonly html: string;
	constructor(html: string) {
		this.html = html;
	}
}

/** Tag for templates: every value is escaped, but for what is markup already. */
export function markup(
	pieces: TemplateStringsArray,
	...values: (string | Markup | Markup[])[]
): Markup {
	const shown = values.map((value) =>
		Array.isArray(value)
			? value.map((part) => part.html).join('')
			: value instanceof Markup
				? value.html
				: escape(value)
	);
	return new Markup(pieces.reduce((text, piece, place) => text + (shown[place - 1] ?? '') + piece));
}

const entities: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;'
};

function escape(text: string): string {
	return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Line breaks as they were written. */
export function lines(text: string): Markup[] {
	return text.split('\n').map((line, place) => (place ? markup`<br />${line}` : markup`${line}`));
}

/** Only what leads to a web page; anything else is no link. */
export function webLink(url: string | null | undefined): string | null {
	if (!url || !URL.canParse(url)) return null;
	const { protocol, href } = new URL(url);
	return protocol === 'https:' || protocol === 'http:' ? href : null;
}
