import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const fixtures = join(import.meta.dirname, '../fixtures/pages');

export type FixturePage = 'plain' | 'hostile-css' | 'hostile-script' | 'twice' | 'spa';

/** A customer's website: another origin than the product, one page with the install snippet. */
export interface Shop {
	origin: string;
	/** Address of a page that embeds the widget of this site. */
	page(siteKey: string, attributes?: Record<string, string>): string;
	/** Address of a page of `e2e/fixtures/pages`, which makes life hard for a widget. */
	fixture(name: FixturePage, siteKey: string): string;
	close(): Promise<void>;
}

export async function openShop(apiUrl: string): Promise<Shop> {
	const policy = strictPolicy(apiUrl);
	const server = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop');
		response.setHeader('content-type', 'text/html; charset=utf-8');
		const name = /^\/fixtures\/([a-z-]+)$/.exec(pathname)?.[1];
		if (name === undefined) {
			response.setHeader('content-security-policy', policy);
			response.end(snippetPage(apiUrl, searchParams));
			return;
		}
		readFile(join(fixtures, `${name}.html`), 'utf8').then(
			(html) =>
				response.end(
					html
						.replaceAll('{{api}}', apiUrl)
						.replaceAll('{{key}}', escape(searchParams.get('key') ?? ''))
				),
			() => response.writeHead(404).end()
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
	return {
		origin,
		page: (siteKey, attributes = {}) =>
			`${origin}/?${new URLSearchParams({ 'data-site-key': siteKey, ...attributes }).toString()}`,
		fixture: (name, siteKey) => `${origin}/fixtures/${name}?key=${encodeURIComponent(siteKey)}`,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}

/** As strict as a page can be and still embed the widget; the same lines are in `docs/widget.md`. */
function strictPolicy(apiUrl: string): string {
	return [
		`default-src 'none'`,
		`script-src ${apiUrl}`,
		`img-src ${apiUrl} blob:`,
		`connect-src ${apiUrl} ${apiUrl.replace('http', 'ws')}`,
		`require-trusted-types-for 'script'`,
		'trusted-types svelte-trusted-html'
	].join('; ');
}

function snippetPage(apiUrl: string, query: URLSearchParams): string {
	const attributes = [...query].map(([name, value]) => `${name}="${escape(value)}"`).join(' ');
	return (
		`<!doctype html><html lang="en"><title>Shop</title><meta name="viewport" content="width=device-width">` +
		`<h1>Shop</h1><script async src="${apiUrl}/widget.js" ${attributes}></script></html>`
	);
}

function escape(value: string): string {
	return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
