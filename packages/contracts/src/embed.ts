// What a customer's page needs for the widget: the console shows it, and a mail to the customer's developer carries it.

/** The line that goes onto every page. */
export const embedCode = (widgetUrl: string, siteKey: string): string =>
	`<script async src="${widgetUrl}" data-site-key="${siteKey}"></script>`;

/** A directive that a page's Content-Security-Policy needs for the widget, and what it needs in it. */
export interface Need {
	directive: 'script-src' | 'connect-src' | 'img-src';
	sources: readonly string[];
}

/** What the widget loads: its script, its API and socket, pictures in messages. */
export function needsOf(widgetUrl: string, apiUrl: string): Need[] {
	const script = new URL(widgetUrl).origin;
	const api = new URL(apiUrl).origin;
	return [
		{ directive: 'script-src', sources: [script] },
		{ directive: 'connect-src', sources: [api, api.replace(/^http/, 'ws')] },
		{ directive: 'img-src', sources: [api, 'blob:'] }
	];
}

export const policyText = (needs: readonly Need[]): string =>
	needs.map(({ directive, sources }) => `${directive} ${sources.join(' ')};`).join(' ');

/** Where the deployment puts the loader when nobody says otherwise. */
export const defaultWidgetUrl = (apiUrl: string): string =>
	`${apiUrl}/storage/v1/object/public/widget/widget.js`;
