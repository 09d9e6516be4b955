import en from '@chatiq/i18n/mails/en.json' with { type: 'json' };
import uk from '@chatiq/i18n/mails/uk.json' with { type: 'json' };

export type Texts = typeof en;

/** What mails and pushes say; `{name}` places are for `filled`. */
export const textsOf = (language: 'en' | 'uk'): Texts => (language === 'uk' ? uk : en);
