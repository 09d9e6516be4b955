/** A text that a person has typed and sent. */
export interface Typed {
	body: string;
	author: string;
	/** The visitor in whose conversation it was said. */
	visitor: string;
	visibility: 'public' | 'team';
}

const decorations = [
	'',
	'',
	'',
	' – ціна?',
	' 🙂',
	' \u202eabc',
	'\nsecond line',
	' "quoted" \\ %s'
];

/** What was typed, as the people remember it: each text is like no other. */
export class Ledger {
	readonly typed: Typed[] = [];
	/** Texts that their author gave up after the server had refused them. */
	readonly discarded = new Set<string>();
	/** Texts that were stored and then taken away for good. */
	readonly redacted = new Set<string>();
	#count = 0;

	write(author: string, visitor: string, visibility: Typed['visibility'] = 'public'): string {
		this.#count++;
		const decoration = decorations[this.#count % decorations.length] ?? '';
		const body = `${author} to ${visitor}: ${this.#count}${decoration}`;
		this.typed.push({ body, author, visitor, visibility });
		return body;
	}

	/** What has to be stored, in the order of typing. */
	get expected(): Typed[] {
		return this.typed.filter(({ body }) => !this.discarded.has(body) && !this.redacted.has(body));
	}
}

const mark = ' ✎';
export const edited = (body: string): string => (body.endsWith(mark) ? body : body + mark);
/** As it was typed, before it was edited. */
export const asTyped = (body: string): string =>
	body.endsWith(mark) ? body.slice(0, -mark.length) : body;
