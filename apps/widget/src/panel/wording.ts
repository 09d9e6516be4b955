import { filled } from '@chatiq/i18n/fill';
import type { Language, Texts } from '../panel-api.ts';

/** Texts of one language with its rules for numbers and dates. */
export class Wording {
	readonly texts: Texts;
	/** The visitor's own variety of the language, e.g. `en-GB`: it decides how a time is written. */
	readonly locale: string;
	/** Making it takes milliseconds on a phone. */
	#time: Intl.DateTimeFormat | undefined;

	constructor(language: Language, texts: Texts) {
		this.texts = texts;
		this.locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
	}

	fill(key: keyof Texts, values: Record<string, string | number>): string {
		return filled(this.texts[key], values);
	}

	time(at: string): string {
		this.#time ??= new Intl.DateTimeFormat(this.locale, { timeStyle: 'short' });
		return this.#time.format(new Date(at));
	}

	day(at: string, now = new Date()): string {
		const date = new Date(at);
		if (date.toDateString() === now.toDateString()) return this.texts.today;
		const yesterday = new Date(now);
		yesterday.setDate(now.getDate() - 1);
		if (date.toDateString() === yesterday.toDateString()) return this.texts.yesterday;
		const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
		return date.toLocaleDateString(this.locale, { day: 'numeric', month: 'long', ...year });
	}
}
