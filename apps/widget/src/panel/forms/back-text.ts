import { filled } from '@chatiq/i18n/fill';

type BackTexts = Record<'back_today' | 'back_tomorrow' | 'back_later', string>;

/** When somebody is there again, in the visitor's own time. */
export function backText(at: string, texts: BackTexts, locale: string, now = new Date()): string {
	const date = new Date(at);
	const time = date.toLocaleTimeString(locale, { timeStyle: 'short' });
	const tomorrow = new Date(now);
	tomorrow.setDate(now.getDate() + 1);
	if (date.toDateString() === now.toDateString()) return filled(texts.back_today, { time });
	if (date.toDateString() === tomorrow.toDateString()) return filled(texts.back_tomorrow, { time });
	const day = date.toLocaleDateString(locale, { day: 'numeric', month: 'long' });
	return filled(texts.back_later, { day, time });
}
