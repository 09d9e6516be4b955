import type { Localized, WidgetForms } from '@chatiq/contracts/forms';
import type { WidgetSettings } from '@chatiq/contracts/site';
import type { Language } from '../panel-api.ts';

const none: Localized = { en: '', uk: '' };

/** Settings files from before the forms have none of them. */
export function completed(
	settings: Omit<WidgetSettings, keyof WidgetForms> & Partial<WidgetForms>
): WidgetSettings {
	return {
		pre_chat: { enabled: false, intro: none, fields: [] },
		offline_form: { enabled: false, email: 'optional', text: none },
		rating: { enabled: false, scale: 'faces', comment: false },
		transcript: { download: false, email: false },
		consent: { text: none, url: '' },
		...settings
	};
}

/** In the visitor's language, or else in the other one. */
export const localized = (text: Localized, language: Language): string =>
	text[language].trim() || text[language === 'uk' ? 'en' : 'uk'].trim();
