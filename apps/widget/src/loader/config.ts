import type { WidgetConfig } from '../panel-api.ts';

export function warn(problem: string): void {
	console.warn(`[ChatIQ] ${problem}`);
}

/**
 * What the page says: `data-*` attributes of the script, then `window.chtq`. `data-site-id` is an older name.
 * Null when it names no usable site; the reason is in the console.
 */
export function readConfig(script: HTMLScriptElement | null, given: object): WidgetConfig | null {
	const said: Partial<Record<string, string>> = Object.assign({}, given, script?.dataset);
	const siteKey = said.siteKey ?? said.siteId ?? '';
	if (!/^pk_\w{24}$/.test(siteKey)) {
		warn(`"${siteKey}" is not a site key.`);
		return null;
	}
	if (said.color !== undefined && !CSS.supports('color', said.color)) {
		warn(`"${said.color}" is not a colour.`);
		delete said.color;
	}
	const apiUrl = new URL(said.apiUrl ?? script?.src ?? '', location.href).origin;
	return { ...said, siteKey, apiUrl };
}
