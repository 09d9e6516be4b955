import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { answer, pathOf, type Answer } from './answer.ts';
import { StaticFiles } from './static-files.ts';

export interface ShopOptions {
	/** Pages (`NAME.html`), their texts (`en.json`, `uk.json`) and files. */
	directory: string;
	widgetUrl: string;
	/** Read per page: the seed that makes the site runs after the gateway has opened. */
	siteKey: () => string | null;
}

const prefix = '/shop';

/** A customer's website. It knows nothing of us but the one script tag that a customer pastes. */
export class Shop {
	readonly #options: ShopOptions;
	readonly #files: StaticFiles;

	constructor(options: ShopOptions) {
		this.#options = options;
		this.#files = new StaticFiles(options.directory);
	}

	async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const path = pathOf(request).slice(prefix.length);
		if (/\.(css|svg|ico)$/.test(path)) await this.#files.serve(request, response, path);
		else answer(request, response, await this.#page(path, request));
	}

	async #page(path: string, request: IncomingMessage): Promise<Answer> {
		if (path === '') return { status: 307, headers: { location: `${prefix}/` } };
		const page = path === '/' ? 'home' : path.slice(1);
		if (!/^[a-z-]+$/.test(page) || page === 'frame' || !(await this.#files.has(`/${page}.html`)))
			return { status: 404, body: 'Not found' };
		const query = new URLSearchParams((request.url ?? '').split('?')[1]);
		return {
			status: 200,
			headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
			body: await this.#render(page, query.get('lang') === 'uk' ? 'uk' : 'en')
		};
	}

	async #render(page: string, language: 'en' | 'uk'): Promise<string> {
		const read = (name: string) => readFile(join(this.#options.directory, name), 'utf8');
		const [frame, body, texts] = await Promise.all([
			read('frame.html'),
			read(`${page}.html`),
			read(`${language}.json`)
		]);
		const values: Record<string, string> = {
			...(JSON.parse(texts) as Record<string, string>),
			widget_url: this.#options.widgetUrl,
			site_key: this.#options.siteKey() ?? ''
		};
		return frame
			.replace('<!-- page -->', () => body)
			.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
				const value = values[key];
				if (value === undefined) throw new Error(`${language}.json has no text for ${key}`);
				return escapeHtml(value);
			});
	}
}

/** The site that the seed makes for the demo shop; null before there is one. */
export function readSiteKey(file: string): string | null {
	try {
		return (JSON.parse(readFileSync(file, 'utf8')) as { site_key?: string }).site_key ?? null;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
}

function escapeHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;');
}
