import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A customer's website: another origin than the product, one page with the install snippet. */
export interface Shop {
	origin: string;
	/** Address of a page that embeds the widget of this site. */
	page(siteKey: string, attributes?: Record<string, string>): string;
	close(): Promise<void>;
}

export async function openShop(apiUrl: string): Promise<Shop> {
	const server = createServer((request, response) => {
		const query = new URL(request.url ?? '/', 'http://shop').searchParams;
		const attributes = [...query].map(([name, value]) => `${name}="${escape(value)}"`).join(' ');
		response.setHeader('content-type', 'text/html; charset=utf-8');
		// As strict as a page can be and still embed the widget.
		response.setHeader(
			'content-security-policy',
			`default-src 'none'; script-src ${apiUrl}; img-src ${apiUrl} blob:; connect-src ${apiUrl} ${apiUrl.replace('http', 'ws')}`
		);
		response.end(
			`<!doctype html><html lang="en"><title>Shop</title><meta name="viewport" content="width=device-width">` +
				`<h1>Shop</h1><script async src="${apiUrl}/widget.js" ${attributes}></script></html>`
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
	return {
		origin,
		page: (siteKey, attributes = {}) =>
			`${origin}/?${new URLSearchParams({ 'data-site-key': siteKey, ...attributes }).toString()}`,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}

function escape(value: string): string {
	return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
