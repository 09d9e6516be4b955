import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { App } from '@supabase/lite';
import * as z from 'zod';
import { rangeMetadata, requestedRange } from './byte-range.ts';
import { requestScope } from './request-scope.ts';
import { Turns } from './turns.ts';

type StorageAdapter = NonNullable<App['_storageAdapter']>;
type ObjectMetadata = Awaited<ReturnType<StorageAdapter['headObject']>>;
type ObjectResponse = Awaited<ReturnType<StorageAdapter['getObject']>>;
type UploadBody = Parameters<StorageAdapter['uploadObject']>[3];

const Entry = z.object({
	bucket: z.string(),
	key: z.string(),
	/** The file beside the entry that holds the bytes. */
	content: z.string(),
	size: z.number(),
	md5: z.string(),
	mimetype: z.string(),
	cacheControl: z.string(),
	modifiedAt: z.coerce.date()
});
type Entry = z.infer<typeof Entry>;
type Named = Pick<Entry, 'bucket' | 'key' | 'mimetype' | 'cacheControl'>;
type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Objects as files. Names are hashed, so no object name can leave the directory or clash with a
 * folder. An entry is replaced by one rename after its bytes are on disk: readers and crashes see
 * the old object or the new one, never a part.
 */
export class FileStorageAdapter implements StorageAdapter {
	readonly driver = null;
	readonly #directory: string;
	/** Of writers to one object, so that each removes what it replaces. */
	readonly #turns = new Turns();

	constructor(directory: string) {
		this.#directory = directory;
	}

	async getObject(bucket: string, key: string): Promise<ObjectResponse> {
		const { entry, file } = await this.#open(bucket, key);
		const range = requestedRange(entry.size);
		const metadata = { ...metadataOf(entry), ...rangeMetadata(range, entry.size) };
		const head = requestScope.getStore()?.method === 'HEAD';
		if (head || entry.size === 0 || range === 'unsatisfiable') {
			await file.close();
			return { httpStatusCode: 200, metadata, body: Buffer.alloc(0) };
		}
		const body = Readable.toWeb(file.createReadStream(range ?? undefined));
		return { httpStatusCode: range === null ? 200 : 206, metadata, body };
	}

	async uploadObject(
		bucket: string,
		key: string,
		_version: string | undefined,
		body: UploadBody,
		mimetype: string,
		cacheControl: string
	): Promise<ObjectMetadata> {
		const chunks = body instanceof Uint8Array ? [body] : Readable.fromWeb(body as ReadableStream);
		// Lite forgets the header on uploads by signed URL.
		const wanted = requestScope.getStore()?.headers.get('cache-control') ?? cacheControl;
		return metadataOf(await this.#write({ bucket, key, mimetype, cacheControl: wanted }, chunks));
	}

	async copyObject(
		sourceBucket: string,
		source: string,
		_version: string | undefined,
		bucket: string,
		key: string
	): Promise<Pick<ObjectMetadata, 'httpStatusCode' | 'eTag' | 'lastModified'>> {
		const { entry, file } = await this.#open(sourceBucket, source);
		const { mimetype, cacheControl } = entry;
		const bytes = file.createReadStream();
		const copy = await this.#write({ bucket, key, mimetype, cacheControl }, bytes);
		return { httpStatusCode: 200, eTag: etagOf(copy), lastModified: copy.modifiedAt };
	}

	deleteObject(bucket: string, key: string): Promise<void> {
		return this.#turns.take(this.#entryFile(bucket, key), async () => {
			const entry = await this.#find(bucket, key);
			if (entry === null) return;
			await rm(this.#entryFile(bucket, key), { force: true });
			await rm(path.join(this.#directory, entry.content), { force: true });
		});
	}

	async deleteObjects(bucket: string, keys: string[]): Promise<void> {
		for (const key of keys) await this.deleteObject(bucket, key);
	}

	async headObject(bucket: string, key: string): Promise<ObjectMetadata> {
		return metadataOf(await this.#read(bucket, key));
	}

	async privateAssetUrl(bucket: string, key: string): Promise<string> {
		const { content } = await this.#read(bucket, key);
		return new URL(path.join(this.#directory, content), 'file://').href;
	}

	#write(named: Named, chunks: Chunks): Promise<Entry> {
		const file = this.#entryFile(named.bucket, named.key);
		return this.#turns.take(file, () => this.#replace(named, chunks));
	}

	async #replace(named: Named, chunks: Chunks): Promise<Entry> {
		const { bucket, key } = named;
		const replaced = await this.#find(bucket, key);
		const entryFile = this.#entryFile(bucket, key);
		const contentFile = `${entryFile}.${randomBytes(6).toString('hex')}`;
		await mkdir(path.dirname(entryFile), { recursive: true });
		try {
			const written = await writeDurably(contentFile, chunks);
			const content = path.relative(this.#directory, contentFile);
			const entry = { ...named, ...written, content, modifiedAt: new Date() };
			await writeDurably(`${contentFile}.json`, [Buffer.from(JSON.stringify(entry))]);
			await rename(`${contentFile}.json`, entryFile);
			if (replaced !== null)
				await rm(path.join(this.#directory, replaced.content), { force: true });
			return entry;
		} catch (error) {
			await rm(contentFile, { force: true });
			await rm(`${contentFile}.json`, { force: true });
			throw error;
		}
	}

	/** An open file stays readable when the object is replaced or removed meanwhile. */
	async #open(bucket: string, key: string): Promise<{ entry: Entry; file: FileHandle }> {
		for (let attempt = 1; ; attempt++) {
			const entry = await this.#read(bucket, key);
			try {
				return { entry, file: await open(path.join(this.#directory, entry.content)) };
			} catch (error) {
				// Replaced between the two reads.
				if (!isNotFound(error) || attempt === 3) throw error;
			}
		}
	}

	async #read(bucket: string, key: string): Promise<Entry> {
		const entry = await this.#find(bucket, key);
		if (entry === null) throw new Error(`The file of ${bucket}/${key} is missing`);
		return entry;
	}

	async #find(bucket: string, key: string): Promise<Entry | null> {
		try {
			return Entry.parse(JSON.parse(await readFile(this.#entryFile(bucket, key), 'utf8')));
		} catch (error) {
			if (isNotFound(error)) return null;
			throw error;
		}
	}

	#entryFile(bucket: string, key: string): string {
		const name = createHash('sha256')
			.update(JSON.stringify([bucket, key]))
			.digest('hex');
		return path.join(this.#directory, name.slice(0, 2), name);
	}
}

async function writeDurably(file: string, chunks: Chunks): Promise<{ size: number; md5: string }> {
	const hash = createHash('md5');
	let size = 0;
	const handle = await open(file, 'wx');
	try {
		for await (const chunk of chunks) {
			hash.update(chunk);
			size += chunk.byteLength;
			await handle.writeFile(chunk);
		}
		await handle.sync();
	} finally {
		await handle.close();
	}
	return { size, md5: hash.digest('hex') };
}

function metadataOf(entry: Entry): ObjectMetadata {
	return {
		cacheControl: entry.cacheControl,
		contentLength: entry.size,
		size: entry.size,
		mimetype: entry.mimetype,
		lastModified: entry.modifiedAt,
		eTag: etagOf(entry)
	};
}

function etagOf(entry: Entry): string {
	return `"${entry.md5}"`;
}

function isNotFound(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
