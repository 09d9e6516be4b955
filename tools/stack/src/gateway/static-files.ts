import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { answer, pathOf, type Answer } from './answer.ts';

const types: Record<string, string> = {
	'.css': 'text/css; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.ico': 'image/x-icon',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json; charset=utf-8',
	'.map': 'application/json; charset=utf-8',
	'.mjs': 'text/javascript; charset=utf-8',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.webp': 'image/webp',
	'.woff2': 'font/woff2'
};
const compressible = /^(text|application\/json|image\/svg)/;
/** What bundlers put into a name when its content decides it: `panel-B3fk20aZ.js`. */
const contentHash = /[-.][\w-]{8,}\.\w+$/;

const anyOrigin = {
	'access-control-allow-origin': '*',
	'cross-origin-resource-policy': 'cross-origin',
	'timing-allow-origin': '*'
};
const preflight: Answer = {
	status: 204,
	headers: {
		...anyOrigin,
		'access-control-allow-headers': '*',
		'access-control-max-age': '86400'
	}
};

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

interface Entry {
	/** Of the file it was read from: a rebuild is served at once. */
	version: string;
	etag: string;
	identity: Buffer;
	encoded: Map<string, Promise<Buffer>>;
}

/** Serves one folder from memory to any origin, each file compressed once per encoding. */
export class StaticFiles {
	readonly #directory: string;
	readonly #entries = new Map<string, Entry>();

	constructor(directory: string) {
		this.#directory = directory;
	}

	async has(path: string): Promise<boolean> {
		return (await this.#entry(path)) !== null;
	}

	async serve(
		request: IncomingMessage,
		response: ServerResponse,
		path = pathOf(request)
	): Promise<void> {
		answer(request, response, await this.#answer(request, path));
	}

	async #answer(request: IncomingMessage, path: string): Promise<Answer> {
		if (request.method === 'OPTIONS') return preflight;
		if (request.method !== 'GET' && request.method !== 'HEAD')
			return { status: 405, headers: { ...anyOrigin, allow: 'GET, HEAD' } };
		const entry = await this.#entry(path);
		if (!entry) return { status: 404, headers: anyOrigin, body: 'Not found' };
		const type = types[extname(path)] ?? 'application/octet-stream';
		const encoding = compressible.test(type) ? chooseEncoding(request) : null;
		// Each encoding is a representation of its own, so it has a validator of its own.
		const etag = encoding ? `"${entry.etag}-${encoding}"` : `"${entry.etag}"`;
		const headers = {
			...anyOrigin,
			etag,
			vary: 'accept-encoding',
			'content-type': type,
			'x-content-type-options': 'nosniff',
			'cache-control': contentHash.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
		};
		if (request.headers['if-none-match']?.split(/,\s*/).includes(etag))
			return { status: 304, headers };
		return {
			status: 200,
			headers: { ...headers, ...(encoding && { 'content-encoding': encoding }) },
			body: encoding ? await encode(entry, encoding) : entry.identity
		};
	}

	async #entry(path: string): Promise<Entry | null> {
		const file = join(this.#directory, decode(path));
		if (!file.startsWith(this.#directory + sep)) return null;
		const found = await stat(file).catch(() => null);
		if (!found?.isFile()) return null;
		const version = `${found.mtimeMs} ${found.size}`;
		const known = this.#entries.get(file);
		if (known?.version === version) return known;
		const identity = await readFile(file);
		const etag = createHash('sha256').update(identity).digest('base64url').slice(0, 16);
		const entry = { version, etag, identity, encoded: new Map<string, Promise<Buffer>>() };
		this.#entries.set(file, entry);
		return entry;
	}
}

function decode(path: string): string {
	try {
		return decodeURIComponent(path).replaceAll('\0', '');
	} catch {
		return '';
	}
}

function chooseEncoding(request: IncomingMessage): 'br' | 'gzip' | null {
	const accepted = (request.headers['accept-encoding'] ?? '')

		.split(',')
		.map((part) => part.trim())
		.filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
		.map((part) => part.split(';')[0]);
	return accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : null;
}

function encode(entry: Entry, encoding: 'br' | 'gzip'): Promise<Buffer> {
	let encoded = entry.encoded.get(encoding);
	if (!encoded) {
		encoded =
			encoding === 'br'
				? brotli(entry.identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
				: zip(entry.identity, { level: 9 });
		entry.encoded.set(encoding, encoded);
	}
	return encoded;
}
