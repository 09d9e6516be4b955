import en from '@chatiq/i18n/widget/closing/en.json';
import uk from '@chatiq/i18n/widget/closing/uk.json';

export type ClosingTexts = typeof en;

/** Both languages come with the chunk, so that a change of language needs no request. */
export const closingTexts: Record<'en' | 'uk', ClosingTexts> = { en, uk };
