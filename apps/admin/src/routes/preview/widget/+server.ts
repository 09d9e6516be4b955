import type { RequestHandler } from './$types';
import { SUPABASE_URL } from '$app/env/public';
import frame from '#lib/settings/preview/frame.js?raw';
import { widgetUrl } from '#lib/settings/widget-url.ts';

const style = `
html { color-scheme: light dark; height: 100%; }
body { margin: 0; min-height: 100%; background: light-dark(#eef0f4, #14161b); }
i { display: block; height: 14px; margin: 20px 24px; border-radius: 7px; background: light-dark(#dde1e8, #22262e); }
`;

/** A page that holds nothing but the widget; `WidgetPreview.svelte` frames it and tells it the settings. */
export const GET: RequestHandler = () => {
	const nonce = crypto.randomUUID();
	const { origin } = new URL(widgetUrl);
	const policy = [
		"default-src 'none'",
		`script-src 'nonce-${nonce}' ${origin}`,
		`style-src 'unsafe-inline'`,
		// A logo lies in the project's storage, which is not on https locally.
		`img-src https: data: ${new URL(SUPABASE_URL).origin}`,
		"connect-src 'none'",
		"frame-ancestors 'self'",
		'sandbox allow-scripts'
	];
	const page = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>ChatIQ</title>
<style>${style}</style>
<body><i style="width: 40%"></i><i></i><i></i><i style="width: 70%"></i>
<script nonce="${nonce}" data-widget="${widgetUrl}">${frame}</script></body></html>`;
	return new Response(page, {
		headers: {
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy': policy.join('; '),
			'x-frame-options': 'SAMEORIGIN',
			'cache-control': 'no-store'
		}
	});
};
