import { readFile } from 'node:fs/promises';
import { startBackend } from './backend.ts';
import type { Backend } from './backend.ts';

export type RestAnswer = {
	status: number;
	headers: Headers;
	text: string;
	json: unknown;
};

/** A backend with catalogue.sql, two exposed schemas and at most 50 rows an answer. */
export async function startCatalogue(): Promise<Backend> {
	const schema = await readFile(new URL('./catalogue.sql', import.meta.url), 'utf8');
	return startBackend({ schema, api: { schemas: ['public', 'shop'], maxRows: 50 } });
}

/** `rest('PATCH /films?id=eq.1', {year: 1}, {prefer: 'return=representation'})` */
export function restOf(backend: Backend) {
	return async (
		line: string,
		body?: unknown,
		headers: Record<string, string> = {}
	): Promise<RestAnswer> => {
		const [method = 'GET', ...path] = line.split(' ');
		const response = await fetch(`${backend.url}/rest/v1${path.join(' ')}`, {
			method,
			headers: {
				apikey: backend.keys.publishableKey,
				...(body !== undefined && { 'content-type': 'application/json' }),
				...headers
			},
			...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
		});
		const text = await response.text();
		const isJson = response.headers.get('content-type')?.includes('json') === true;
		const json: unknown = isJson && text !== '' ? JSON.parse(text) : null;
		return { status: response.status, headers: response.headers, text, json };
	};
}

export type Rest = ReturnType<typeof restOf>;
