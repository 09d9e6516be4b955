import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Header, type Pack } from 'tar-stream';
import { checksumsName } from './manifest.ts';

const chunkBytes = 256 * 1024;

/** A tar.gz under another name until it is whole and on the disk. Readable by its owner alone. */
export class ArchiveWriter {
	readonly #file: string;
	readonly #pack: Pack = pack();
	readonly #done: Promise<void>;
	readonly #checksums: Record<string, string> = {};
	/** Name → what the file was when it went in. */
	readonly #versions = new Map<string, string>();

	private constructor(file: string) {
		this.#file = file;
		const output = createWriteStream(this.#unfinished, { mode: 0o600, flush: true });
		// Speed before size: most of it are pages of a database that compress well anyway.
		this.#done = pipeline(this.#pack, createGzip({ level: 3 }), output);
		this.#done.catch(() => undefined); // awaited by finish
	}

	get #unfinished(): string {
		return `${this.#file}.part`;
	}

	static async create(file: string): Promise<ArchiveWriter> {
		await mkdir(dirname(file), { recursive: true });
		await rm(`${file}.part`, { force: true });
		return new ArchiveWriter(file);
	}

	async addText(name: string, text: string): Promise<void> {
		const bytes = Buffer.from(text);
		this.#checksums[name] = createHash('sha256').update(bytes).digest('hex');
		await this.#entry({ name, size: bytes.length, mode: 0o600 }, [bytes]);
	}

	async addDirectory(name: string, mode: number): Promise<void> {
		await this.#entry({ name, type: 'directory', mode }, []);
	}

	/**
	 * A file that may change meanwhile: as many bytes as it had at first, the rest as zeros. Answers
	 * false when it is gone, or already in the archive as it is now.
	 */
	async addFile(name: string, path: string): Promise<boolean> {
		const handle = await open(path).catch(unlessMissing);
		if (!handle) return false;
		try {
			const { size, mode, mtime, mtimeMs, ino } = await handle.stat();
			const version = `${size} ${mtimeMs} ${ino}`;
			if (this.#versions.get(name) === version) return false;
			this.#versions.set(name, version);
			const hash = createHash('sha256');
			const header = { name, size, mode: mode & 0o777, mtime };
			await this.#entry(header, exactly(size, handle, hash));
			this.#checksums[name] = hash.digest('hex');
			return true;
		} finally {
			await handle.close();
		}
	}

	/** Adds what is below, in no particular order; answers how many files were new or had changed. */
	async addTree(name: string, directory: string): Promise<number> {
		const entries = await readdir(directory, { withFileTypes: true }).catch(unlessMissing);
		let added = 0;
		for (const entry of entries ?? []) {
			const [inside, path] = [`${name}/${entry.name}`, join(directory, entry.name)];
			if (entry.isDirectory()) added += await this.addTree(inside, path);
			else if (entry.isFile() && (await this.addFile(inside, path))) added++;
		}
		return added;
	}

	async finish(): Promise<void> {
		await this.addText(checksumsName, JSON.stringify(this.#checksums));
		this.#pack.finalize();
		await this.#done;
		await rename(this.#unfinished, this.#file);
	}

	async abandon(): Promise<void> {
		this.#pack.destroy();
		await this.#done.catch(() => undefined); // it was told to end
		await rm(this.#unfinished, { force: true });
	}

	async #entry(
		header: Partial<Header> & { name: string },
		chunks: Iterable<Buffer> | AsyncIterable<Buffer>
	): Promise<void> {
		const { promise, resolve, reject } = Promise.withResolvers<undefined>();
		const entry = this.#pack.entry(header, (error) => {
			if (error) reject(error);
			else resolve(undefined);
		});
		// A full disk ends the pipeline, and nobody would take this entry's bytes any more.
		const broken = this.#done.then(() => Promise.reject(new Error('the archive ended early')));
		broken.catch(() => undefined); // raced below
		for await (const chunk of chunks)
			if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), broken]);
		entry.end(undefined);
		await Promise.race([promise, broken]);
	}
}

/** So many bytes of the file as it was; zeros for what was cut off meanwhile. */
async function* exactly(size: number, file: FileHandle, hash: Hash): AsyncGenerator<Buffer> {
	for (let left = size; left > 0;) {
		// A new one each time: the archive may still hold the last.
		const buffer = Buffer.alloc(Math.min(left, chunkBytes));
		const { bytesRead } = await file.read(buffer);
		const chunk = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
		hash.update(chunk);
		left -= chunk.length;
		yield chunk;
	}
}

function unlessMissing(error: NodeJS.ErrnoException): null {
	if (error.code !== 'ENOENT') throw error;
	return null;
}
