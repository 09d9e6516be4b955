import { RestFailure } from './failure.ts';
import type { Field, JsonStep } from './query.ts';

const nameExpected = 'field name (* or [a..z0..9_$])';

/** Reads one query parameter from left to right. */
export class Scanner {
	readonly text: string;
	readonly #what: string;
	#at = 0;

	/** `what` names the parameter in errors: "failed to parse <what> (<text>)". */
	constructor(text: string, what: string) {
		this.text = text;
		this.#what = what;
	}

	get done(): boolean {
		return this.#at >= this.text.length;
	}

	get rest(): string {
		return this.text.slice(this.#at);
	}

	peek(token: string): boolean {
		return this.text.startsWith(token, this.#at);
	}

	take(token: string): boolean {
		if (!this.peek(token)) return false;
		this.#at += token.length;
		return true;
	}

	expect(token: string): void {
		if (!this.take(token)) this.fail(JSON.stringify(token));
	}

	/** The groups of a sticky pattern that matches here. */
	match(pattern: RegExp): RegExpExecArray | null {
		pattern.lastIndex = this.#at;
		const match = pattern.exec(this.text);
		if (match !== null) this.#at = pattern.lastIndex;
		return match;
	}

	space(): void {
		this.match(/[ \t]*/y);
	}

	/** Runs `read`; when it comes to nothing, no text was read. */
	attempt<T>(read: () => T | null): T | null {
		const before = this.#at;
		const result = read();
		if (result === null) this.#at = before;
		return result;
	}

	list<T>(read: () => T): T[] {
		const items = [];
		do {
			this.space();
			items.push(read());
			this.space();
		} while (this.take(','));
		return items;
	}

	end(expecting: string): void {
		if (!this.done) this.fail(expecting);
	}

	fieldName(): string {
		const name = this.tryFieldName();
		return name ?? this.fail(nameExpected);
	}

	tryFieldName(): string | null {
		const quoted = this.quoted();
		if (quoted !== null) return quoted;
		const name = this.match(/(?:[\p{L}\p{N}\p{M}_ $]|-(?!>))+/uy)?.[0].trim();
		return name === undefined || name === '' ? null : name;
	}

	quoted(): string | null {
		// Postgres ends every text at a NUL.
		const match = this.match(/"((?:[^"\\\0]|\\[^\0])*)"/sy);
		return match === null ? null : (match[1] ?? '').replace(/\\(.)/gs, '$1');
	}

	field(): Field {
		const name = this.fieldName();
		return { name, path: this.jsonPath() };
	}

	jsonPath(): JsonStep[] {
		const steps: JsonStep[] = [];
		for (;;) {
			const asText = this.peek('->>');
			if (!this.take('->>') && !this.take('->')) return steps;
			const index = this.match(/-?\d+(?=->|::|[.,)]|$)/y)?.[0];
			steps.push({ asText, key: index === undefined ? this.fieldName() : Number(index) });
		}
	}

	fail(expecting: string): never {
		const found = this.done ? 'end of input' : JSON.stringify(this.text[this.#at]);
		throw new RestFailure(
			400,
			'PGRST100',
			`"failed to parse ${this.#what} (${this.text})" (line 1, column ${this.#at + 1})`,
			{ details: `unexpected ${found} expecting ${expecting}` }
		);
	}
}
