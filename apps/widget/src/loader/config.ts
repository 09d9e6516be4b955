import type { WidgetConfig } from '../panel-api.ts';
import { script } from './script.ts';

/** A name of ours, and then none of its values. The server knows which site keys there are. */
const impossible =
	/^(language(?! (uk|en|auto)$)|position(?! (left|right)$)|size(?! (compact|standard|large)$)|theme(?! (light|dark|auto)$)|storageConsent(?! needed$)) /;

/** What the page decides; there after `readConfig`. */
export const config = {} as WidgetConfig & Partial<Record<string, string>>;

/** Reads `data-*` attributes of the script, then `window.chtq`; the answer is what makes no sense, and is left out. */
export const readConfig = (given: object) => {
	let senseless: Partial<Record<string, unknown>> | undefined;
	const said = { ...given, ...(script.dataset as object) } as Record<string, string>;
	for (const name in said) {
		const value = said[name];
		if (value)
			((
				name === 'color'
					? CSS.supports(name, value)
					: name === 'apiUrl'
						? URL.canParse(value)
						: !impossible.test(`${name} ${value}`)
			)
				? config
				: (senseless ??= {}))[name] = value;
	}
	// `data-site-id` is an older name.
	config.siteKey ||= config['siteId'] as string;
	config.apiUrl = new URL(config.apiUrl || script.src || (location as never)).origin;
	return senseless;
};
