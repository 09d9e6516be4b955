import en from '@chatiq/i18n/widget/files/en.json';
import uk from '@chatiq/i18n/widget/files/uk.json';

export type FileTexts = typeof en;

export const fileTexts: Record<'en' | 'uk', FileTexts> = { en, uk };
