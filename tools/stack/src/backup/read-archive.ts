import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { Checksums, checksumsName, Manifest, manifestName } from './manifest.ts';

/** The file is not what `npm run backup` wrote. */
export class BadBackup extends Error {
	constructor(file: string, why: string, options?: ErrorOptions) {
		super(`${file} cannot be restored: ${why}. The present data is untouched.`, options);
		this.name = 'BadBackup';
	}
}

/**
 * Writes the archive's files below the directory and compares each with its checksum. `accept` sees
 * the manifest before anything is written.
 */
export async function unpack(
	file: string,
	directory: string,
	accept: (manifest: Manifest) => void,
	wanted: (name: string) => boolean = () => true
): Promise<Manifest> {
	const sums = new Map<string, string>();
	let manifest: Manifest | null = null;
	let expected: Record<string, string> | null = null;
	const entries = extract();
	const reading = pipeline(createReadStream(file), createGunzip(), entries);
	reading.catch(() => undefined); // awaited below
	try {
		for await (const entry of entries) {
			const { name } = entry.header;
			if (!manifest) manifest = await readManifest(entry, accept);
			else if (name === checksumsName) expected = Checksums.parse(JSON.parse(await text(entry)));
			else if (!/^(postgres|storage)(\/|$)|^keys\.json$/.test(name) || name.includes('..'))
				throw new Error(`it holds ${name}`);
			else if (wanted(name)) await write(entry, join(directory, name), sums);
			else entry.resume();
		}
		await reading;
	} catch (cause) {
		entries.destroy();
		if (cause instanceof Refused) throw cause.because;
		throw new BadBackup(file, explain(cause), { cause });
	}
	if (!manifest || !expected) throw new BadBackup(file, 'its end is missing');
	for (const [name, sum] of Object.entries(expected))
		if (name !== manifestName && wanted(name) && sums.get(name) !== sum)
			throw new BadBackup(file, `${name} in it is damaged`);
	return manifest;
}

async function readManifest(entry: Entry, accept: (manifest: Manifest) => void): Promise<Manifest> {
	if (entry.header.name !== manifestName) throw new Error('it is not a backup of ChatIQ');
	const manifest = Manifest.parse(JSON.parse(await text(entry)));
	try {
		accept(manifest);
	} catch (error) {
		throw new Refused(error as Error);
	}
	return manifest;
}

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

/** Carries the caller's own words past the explanation of what is wrong with the file. */
class Refused extends Error {
	readonly because: Error;
	constructor(because: Error) {
		super(because.message);
		this.because = because;
	}
}

async function write(entry: Entry, path: string, sums: Map<string, string>): Promise<void> {
	const { name, type, mode } = entry.header;
	if (type === 'directory') {
		await mkdir(path, { recursive: true, mode });
		entry.resume();
		return;
	}
	if (type !== 'file') throw new Error(`${name} in it is no file`);
	await mkdir(dirname(path), { recursive: true, mode: 0o700 });
	const hash = createHash('sha256');
	const count = new Transform({
		transform(chunk: Buffer, _, next) {
			hash.update(chunk);
			next(null, chunk);
		}
	});
	// Postgres puts its own files onto the disk when it recovers.
	const flush = !name.startsWith('postgres/');
	await pipeline(entry, count, createWriteStream(path, { mode, flush }));
	sums.set(name, hash.digest('hex'));
}

function explain(cause: unknown): string {
	const { code, message } = cause as NodeJS.ErrnoException;
	if (code === 'ENOENT') return 'there is no such file';
	if (code === 'ENOSPC') return 'the disk is full';
	if (code === 'Z_BUF_ERROR' || /unexpected end/i.test(message)) return 'its end is missing';
	if (code?.startsWith('Z_') || /tar header/i.test(message))
		return 'it is damaged, or no backup at all';
	return message;
}
