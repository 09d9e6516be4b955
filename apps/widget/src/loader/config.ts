import type { WidgetConfig } from '../panel-api.ts';

const isSiteKey = /^pk_[1-9A-HJ-NP-Za-km-z]{24}$/;

/** Values of `data-*` attributes and of the `window.chtq` object that the widget understands. */
const choices = {
	language: /^(auto|uk|en)$/,
	position: /^(left|right)$/,
	size: /^(compact|standard|large)$/,
	theme: /^(light|dark|auto)$/,
	color: /^#[\da-f]{6}$/i
};

export function warn(problem: string): void {
	console.warn(`[ChatIQ] ${problem}`);
}

/** Null when the page names no usable site; the reason is in the console. */
export function readConfig(script: HTMLScriptElement | null, given: object): WidgetConfig | null {
	const options = new Map(Object.entries({ ...given, ...Object.fromEntries(attributesOf(script)) }));
	const siteKey = text(options.get('siteKey') ?? options.get('siteId'));
	if (!isSiteKey.test(siteKey)) {
		warn(
			siteKey
				? `"${siteKey}" is not a site key. Copy the snippet from the console once more.`
				: 'The site key is missing. Add data-site-key="pk_…" to the script.'
		);
		return null;
	}
	const config: Partial<Record<string, string>> = { siteKey };
	for (const [name, allowed] of Object.entries(choices)) {
		if (!options.has(name)) continue;
		const value = text(options.get(name));
		if (allowed.test(value)) config[name] = value;
		else warn(`${name} "${value}" is ignored: it does not match ${allowed.source}.`);
	}
	const address = text(options.get('apiUrl'));
	config.apiUrl = address ? address.replace(/\/+$/, '') : originOf(script);
	return config as unknown as WidgetConfig;
}

function attributesOf(script: HTMLScriptElement | null) {
	return Object.entries(script?.dataset ?? {});
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

function originOf(script: HTMLScriptElement | null): string {
	return script ? new URL(script.src).origin : location.origin;
}
