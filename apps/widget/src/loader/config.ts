import type { WidgetConfig } from '../panel-api.ts';

export function warn(problem: string): void {
	console.warn(`[ChatIQ] ${problem}`);
}

const choices = {
	position: 'left right',
	size: 'compact standard large',
	language: 'uk en auto'
};

/**
 * What the page says: `data-*` attributes of the script, then `window.chtq`. `data-site-id` is an older name.
 * What makes no sense is left out, or null when there is no usable site; the reason is in the console.
 */
export function readConfig(script: HTMLScriptElement | null, given: unknown): WidgetConfig | null {
	let said: Partial<Record<string, string>> = Object.assign({}, given, script?.dataset);
	const drop = (name: string, problem: string) => {
		const { [name]: value, ...rest } = said;
		said = rest;
		warn(`${name} "${value}" is ${problem}.`);
	};
	for (const [name, possible] of Object.entries(choices)) {
		const value = said[name];
		if (value && !possible.split(' ').includes(value)) drop(name, `none of ${possible}`);
	}
	if (said.color && !CSS.supports('color', said.color)) drop('color', 'no color');
	if (said.apiUrl && !URL.canParse(said.apiUrl)) drop('apiUrl', 'no URL');
	const siteKey = (said.siteKey ??= `${said.siteId}`);
	const apiUrl = new URL(said.apiUrl || script?.src || location.href).origin;
	if (/^pk_\w{24}$/.test(siteKey)) return { ...said, siteKey, apiUrl };
	drop('siteKey', 'no site key');
	return null;
}
