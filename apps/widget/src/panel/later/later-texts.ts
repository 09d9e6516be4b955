import en from '@chatiq/i18n/widget/later/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/widget/later/uk.json' with { type: 'json' };
import { filled } from '@chatiq/i18n/fill';

const texts = { en, uk };

type LaterTexts = typeof en;
type PluralKey =
	Extract<keyof LaterTexts, `${string}_other`> extends `${infer Name}_other` ? Name : never;

export const laterTexts = (language: 'en' | 'uk'): LaterTexts => texts[language];

/** A number of something, by the language's rules for numbers. */
export function counted(language: 'en' | 'uk', name: PluralKey, count: number): string {
	const form = new Intl.PluralRules(language).select(count);
	const key = form === 'zero' || form === 'two' ? 'other' : form;
	return filled(texts[language][`${name}_${key}`], { count });
}
