import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Deployment } from './step.ts';

export interface PublicFile {
	path: string;
	bytes: Buffer;
	cacheControl: string;
}

/** A bucket of the project whose files anybody may read. */
export class PublicBucket {
	readonly #name: string;
	readonly #storage: string;
	readonly #key: string;

	constructor(name: string, { options, keys }: Deployment) {
		this.#name = name;
		this.#storage = `${options.projectUrl}/storage/v1`;
		this.#key = keys.secret;
	}

	url(path: string): string {
		return `${this.#storage}/object/public/${this.#name}/${path}`;
	}

	async exists(): Promise<boolean> {
		const response = await this.#call('GET', `/bucket/${this.#name}`);
		// Storage answers 400 with `statusCode: "404"` for what is not there.
		if (!response.ok && response.status !== 404 && response.status !== 400) await refuse(response);
		return response.ok;
	}

	async create(): Promise<void> {
		const bucket = { id: this.#name, name: this.#name, public: true };
		const headers = { 'content-type': 'application/json' };
		const response = await this.#call('POST', '/bucket', JSON.stringify(bucket), headers);
		if (!response.ok) await refuse(response);
	}

	/** As anybody gets it, but not from a cache. */
	async holds({ path, bytes }: PublicFile): Promise<boolean> {
		const response = await fetch(`${this.url(path)}?look=${Date.now()}`, {
			signal: AbortSignal.timeout(30_000)
		});
		const stored = Buffer.from(await response.arrayBuffer());
		return response.ok && stored.equals(bytes);
	}

	async upload({ path, bytes, cacheControl }: PublicFile): Promise<void> {
		const response = await this.#call('POST', `/object/${this.#name}/${path}`, bytes, {
			'content-type': path.endsWith('.json') ? 'application/json' : 'text/javascript',
			'cache-control': cacheControl,
			'x-upsert': 'true'
		});
		if (!response.ok) await refuse(response);
	}

	#call(
		method: string,
		path: string,
		body?: string | Buffer,
		headers: Record<string, string> = {}
	): Promise<Response> {
		return fetch(this.#storage + path, {
			method,
			headers: { apikey: this.#key, authorization: `Bearer ${this.#key}`, ...headers },
			...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
			signal: AbortSignal.timeout(60_000)
		});
	}
}

async function refuse(response: Response): Promise<never> {
	throw new Error(`Storage: ${response.status} ${await response.text()}`);
}

export function readFiles(directory: string): { path: string; bytes: Buffer }[] {
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
		.map((entry) => join(entry.parentPath, entry.name))
		.map((file) => ({ path: relative(directory, file), bytes: readFileSync(file) }));
}
