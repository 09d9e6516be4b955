import en from '@chatiq/i18n/widget/forms/en.json';
import uk from '@chatiq/i18n/widget/forms/uk.json';

/** Both languages come with the chunk, so that a change of language needs no request. */
export const formTexts: Record<'en' | 'uk', typeof en> = { en, uk };
