import en from '@chatiq/i18n/widget/failure/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/widget/failure/uk.json' with { type: 'json' };

export const failureTexts: Record<'en' | 'uk', typeof en> = { en, uk };

/** Why a message or a file was refused, for the visitor. */
export function reasonOf(code: string, language: 'en' | 'uk'): string {
	const texts = failureTexts[language];
	const key = `reason_${code}`;
	return key in texts ? texts[key as keyof typeof en] : texts.reason_other;
}
