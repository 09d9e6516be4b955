import type { WidgetConfig } from '../panel-api.ts';

/** What the page said and cannot be, by its name; `siteKey` also when it is missing. */
export type Senseless = Partial<Record<string, unknown>>;

const possible: Partial<Record<string, RegExp>> = {
	siteKey: /^pk_\w{24}$/,
	language: /^(uk|en|auto)$/,
	position: /^(left|right)$/,
	size: /^(compact|standard|large)$/,
	theme: /^(light|dark|auto)$/,
	storageConsent: /^needed$/
};

/** `data-*` attributes of the script, then `window.chtq`. What makes no sense is left out. */
export function readConfig(script: HTMLScriptElement | null, given: unknown) {
	const senseless: Senseless = {};
	const config: Partial<Record<string, string>> = {};
	// `data-site-id` is an older name.
	const said: Partial<Record<string, string>> = Object.assign({}, given, script?.dataset);
	said.siteKey ??= `${said.siteId}`;
	for (const [name, value] of Object.entries(said)) {
		const fits =
			name === 'color'
				? CSS.supports(name, `${value}`)
				: name === 'apiUrl'
					? URL.canParse(`${value}`)
					: (possible[name]?.test(`${value}`) ?? true);
		(!value || fits ? config : senseless)[name] = value;
	}
	config.apiUrl = new URL(config.apiUrl || script?.src || location.href).origin;
	return [config as unknown as WidgetConfig, senseless] as const;
}
