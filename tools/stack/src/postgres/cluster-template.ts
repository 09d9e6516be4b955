import { createHash, randomBytes } from 'node:crypto';
import {
	chownSync,
	closeSync,
	fchownSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	writeFileSync
} from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { initdbFlags, type ClusterOwner } from './initdb.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

/** Rises when an older version could not read what is kept. */
const format = 1;

/** Parents come before their children, and bytes end where a file has nothing but zeros left. */
type Cluster = {
	directories: string[];
	files: { name: string; size: number; bytes: Uint8Array }[];
};

/**
 * What initdb makes depends on the binaries and its flags alone and takes most of a second, so it is
 * kept: a cluster that nobody can log in to, as one file, which its checksum shows to be whole.
 */
export function templateFile({ binaries, superuser }: Omit<ClusterOwner, 'user'>): string {
	const made = [format, path.basename(binaries.directory), initdbFlags(superuser), os.release()];
	const hash = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 12);
	return path.join(binaries.cache, `cluster-${hash}.zst`);
}

/** Null when it is not there or cannot be used: initdb always can. */
export async function readTemplate(file: string): Promise<Cluster | null> {
	try {
		return deserialize(await promisify(zstdDecompress)(await readFile(file))) as Cluster;
	} catch {
		return null;
	}
}

/** Files in turn, not at once: a thousand small ones cost more in promises than on the disk. */
export function writeCluster(
	{ directories, files }: Cluster,
	directory: string,
	user: UnprivilegedUser | null
): void {
	if (user !== null) chownSync(directory, user.uid, user.gid);
	for (const name of directories) {
		mkdirSync(path.join(directory, name), { mode: 0o700 });
		if (user !== null) chownSync(path.join(directory, name), user.uid, user.gid);
	}
	for (const { name, size, bytes } of files) {
		const file = openSync(path.join(directory, name), 'wx', 0o600);
		try {
			writeFileSync(file, bytes);
			if (bytes.length < size) ftruncateSync(file, size);
			if (user !== null) fchownSync(file, user.uid, user.gid);
		} finally {
			closeSync(file);
		}
	}
}

/** Of a cluster that no server has run on yet. */
export function readCluster(directory: string): Cluster {
	const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => ({
		entry,
		name: path.relative(directory, path.join(entry.parentPath, entry.name))
	}));
	const directories = entries.filter(({ entry }) => entry.isDirectory()).map(({ name }) => name);
	const files = entries
		.filter(({ entry }) => entry.isFile())
		.map(({ name }) => {
			const bytes = readFileSync(path.join(directory, name));
			const size = bytes.length;
			return { name, size, bytes: bytes.subarray(0, lengthWithoutZeros(bytes)) };
		});
	return { directories: directories.sort(), files };
}

/** Under another name until it is whole. Of two at once the later one stays. */
export async function keepTemplate(file: string, cluster: Cluster): Promise<void> {
	await mkdir(path.dirname(file), { recursive: true });
	await removeOthers(file);
	const bytes = await promisify(zstdCompress)(serialize(cluster), {
		params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 }
	});
	const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
	try {
		await writeFile(unfinished, bytes, { mode: 0o600, flag: 'wx' });
		await rename(unfinished, file);
	} finally {
		await rm(unfinished, { force: true });
	}
}

/** Of other versions, and what a kill left unfinished. */
async function removeOthers(file: string): Promise<void> {
	const directory = path.dirname(file);
	for (const name of await readdir(directory))
		if (name.startsWith('cluster-')) await rm(path.join(directory, name), { force: true });
}

function lengthWithoutZeros(bytes: Uint8Array): number {
	let length = bytes.length;
	while (length > 0 && bytes[length - 1] === 0) length--;
	return length;
}
