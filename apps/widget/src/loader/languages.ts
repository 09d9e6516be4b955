import * as en from '@chatiq/i18n/widget/en.json';
import * as uk from '@chatiq/i18n/widget/uk.json';
import type { Language } from '../panel-api.ts';

/** What the loader says itself; all else comes with the panel. In this order: it is read by position. */
export const bubbleTexts = {
	en: [en.bubble_open, en.bubble_unreachable],
	uk: [uk.bubble_open, uk.bubble_unreachable]
} as const;

/** The first that decides: the page's code, the site's setting, the page's language, the browser's. */
export function pickLanguage(...wishes: (string | undefined)[]): Language {
	const tags = [...wishes, document.documentElement.lang, ...navigator.languages];
	return (/ (uk|en)\b/.exec(` ${tags.join(' ')}`)?.[1] ?? 'en') as Language;
}
