import * as en from '@chatiq/i18n/widget/en.json';
import * as uk from '@chatiq/i18n/widget/uk.json';
import type { Language } from '../panel-api.ts';

export interface BubbleTexts {
	open: string;
	/** With `{count}`. */
	unread: string;
	unreachable: string;
}

/** What the loader says itself; all else comes with the panel. */
export const bubbleTexts: Record<Language, BubbleTexts> = {
	en: { open: en.bubble_open, unread: en.bubble_unread, unreachable: en.bubble_unreachable },
	uk: { open: uk.bubble_open, unread: uk.bubble_unread, unreachable: uk.bubble_unreachable }
};

/** The first that decides: the page's code, the site's setting, the page's language, the browser's. */
export function pickLanguage(...wishes: (string | undefined)[]): Language {
	const tags = [...wishes, document.documentElement.lang, ...navigator.languages];
	return (/ (uk|en)\b/.exec(` ${tags.join(' ')}`)?.[1] ?? 'en') as Language;
}
