import type { Localized } from '@chatiq/contracts/forms';
import type { Language } from '../panel-api.ts';

/** In the visitor's language, or else in the other one. */
export const localized = (text: Localized, language: Language): string =>
	text[language].trim() || text[language === 'uk' ? 'en' : 'uk'].trim();
