import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StaticFiles } from '../../tools/stack/src/gateway/static-files.ts';
import type { Rival } from './rivals.ts';

export interface HostPage {
	origin: string;
	close: () => Promise<void>;
}

const section = (index: number) =>
	`<section><h2>Section ${index}</h2>${`<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.</p>`.repeat(6)}</section>`;

const page = (embed: string) =>
	`<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title><meta name="viewport" content="width=device-width">` +
	`<link rel="icon" href="data:,"><style>body{font:16px/1.5 sans-serif;max-width:800px;margin:auto;padding:20px}</style>` +
	`${embed}<h1>Host page</h1>${Array.from({ length: 20 }, (_, index) => section(index)).join('')}</html>`;

/** A page of plain text with one embed, or none: `/ChatIQ?<site key>`, `/none`, `/<rival>`. */
export async function serveHostPage(apiUrl: string, rivals: Rival[]): Promise<HostPage> {
	const files = rivals.map(({ path, directory }) => ({ path, files: new StaticFiles(directory) }));
	const server = createServer((request, response) => {
		const { pathname, search } = new URL(request.url ?? '/', 'http://host');
		const found = files.find(({ path }) => pathname.startsWith(path));
		if (found) {
			// The frame of Rocket.Chat is at `/livechat` itself.
			const file = pathname.slice(found.path.length).replace(/^\/?$/, '/index.html');
			void found.files.serve(request, response, file);
			return;
		}
		const chatiq = `<script async src="${apiUrl}/widget.js" data-site-key="${search.slice(1)}"></script>`;
		const embeds = new Map(rivals.map(({ name, snippet }) => [`/${name}`, snippet]));
		const embed = embeds.set('/ChatIQ', chatiq).set('/none', '').get(pathname);
		response.statusCode = embed === undefined ? 404 : 200;
		response.setHeader('content-type', 'text/html; charset=utf-8');
		response.end(page(embed ?? ''));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://localhost:${(server.address() as AddressInfo).port}`,
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
}
