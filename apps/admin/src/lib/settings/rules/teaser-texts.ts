import type { Localized } from '@chatiq/contracts/forms';

type Facts = Readonly<Record<string, string>>;

/** What a closed chat offers, as `app.site_teasers` publishes it. */
export function teaserTexts(texts: Localized, facts: Facts): { en?: string; uk?: string } {
	const [en, uk] = [filled(texts.en, facts), filled(texts.uk, facts)];
	// A language that was left empty falls back on the other one.
	return { ...(en && { en }), ...(uk && { uk }) };
}

/** Nobody is known yet: a variable of the visitor's goes with the comma before it. */
const filled = (text: string, facts: Facts) =>
	text
		.replaceAll(/([ ,]*)\{\{\s*([a-z_]+)\s*\}\}/g, (_, before: string, name: string) => {
			const value = facts[name];
			return value ? before + value : '';
		})
		.trim();
