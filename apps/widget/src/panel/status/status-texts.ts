import en from '@chatiq/i18n/widget/status/en.json';
import uk from '@chatiq/i18n/widget/status/uk.json';

export const statusTexts: Record<'en' | 'uk', typeof en> = { en, uk };
