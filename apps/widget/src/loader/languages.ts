import * as en from '@chatiq/i18n/widget/en.json';
import * as uk from '@chatiq/i18n/widget/uk.json';

/** What the loader says itself; all else comes with the panel. In this order: it is read by position. */
export const bubbleTexts = {
	en: [en.bubble_open, en.bubble_unreachable],
	uk: [uk.bubble_open, uk.bubble_unreachable]
} as const;
