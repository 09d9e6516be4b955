import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PostgresBinaries } from './binaries.ts';
import {
	keepTemplate,
	readCluster,
	readTemplate,
	templateFile,
	writeCluster
} from './cluster-template.ts';
import { initialise, setPassword, syncCluster } from './initdb.ts';
import { markUnsettled } from './settle.ts';
import { syncDirectory } from './sync-directory.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

export type DataDirectoryOptions = {
	directory: string;
	binaries: PostgresBinaries;
	user: UnprivilegedUser | null;
	superuser: string;
	password: string;
	/** `later`: by `settle`. */
	sync: 'now' | 'later' | 'never';
	log: (line: string) => void;
};

/**
 * Creates the cluster unless it is there, in a sibling directory that is renamed when complete: a
 * directory of that name is always a whole cluster, whenever we were killed.
 */
export async function ensureDataDirectory(options: DataDirectoryOptions): Promise<void> {
	const { directory } = options;
	await removeUnfinished(directory);
	if (await isCluster(directory)) return;
	const unfinished = `${directory}.init-${randomBytes(4).toString('hex')}`;
	await mkdir(unfinished, { mode: 0o700 });
	try {
		await fill(unfinished, options);
		if (options.sync === 'now') await syncCluster(unfinished, options);
		if (options.sync === 'later') await markUnsettled(unfinished);
		await rename(unfinished, directory);
	} catch (cause) {
		await rm(unfinished, { recursive: true, force: true });
		throw new Error(`Cannot create the Postgres data directory ${directory}`, { cause });
	}
	if (options.sync === 'now') await syncDirectory(path.dirname(directory));
}

async function isCluster(directory: string): Promise<boolean> {
	const entries = await readdir(directory).catch((error: unknown): string[] => {
		if (isNotFound(error)) return [];
		throw error;
	});
	if (entries.length === 0) return false;
	if (!entries.includes('PG_VERSION') || !entries.includes('global')) {
		throw new Error(`${directory} is not empty and not a Postgres data directory`);
	}
	const version = (await readFile(path.join(directory, 'PG_VERSION'), 'utf8')).trim();
	if (version !== '17') {
		throw new Error(
			`${directory} was made by Postgres ${version}, and this version of ChatIQ runs Postgres 17, which cannot read it.\n` +
				'Go back to the version of ChatIQ that made it, or choose another folder: npm start -- --data DIR'
		);
	}
	return true;
}

async function removeUnfinished(directory: string): Promise<void> {
	const parent = path.dirname(directory);
	const prefix = `${path.basename(directory)}.init-`;
	for (const entry of await readdir(parent)) {
		if (!entry.startsWith(prefix)) continue;
		// An initdb whose parent was killed may still be writing into it.
		await rm(path.join(parent, entry), { recursive: true, maxRetries: 20, retryDelay: 50 });
	}
}

/** By what initdb made earlier; by initdb when there is nothing, or nothing that works. */
async function fill(directory: string, options: DataDirectoryOptions): Promise<void> {
	const template = templateFile(options);
	const cluster = await readTemplate(template);
	if (cluster !== null) {
		try {
			writeCluster(cluster, directory, options.user);
			await setPassword(directory, options, options.password);
			return;
		} catch (cause) {
			options.log(`the kept cluster ${template} is of no use, so initdb runs: ${String(cause)}`);
			await rm(directory, { recursive: true });
			await mkdir(directory, { mode: 0o700 });
		}
	}
	await initialise(directory, options);
	const made = readCluster(directory);
	await setPassword(directory, options, options.password);
	// Nobody waits for it, and who cannot write there does without.
	keepTemplate(template, made).catch((error: unknown) => {
		options.log(`the new cluster is not kept for other data folders: ${String(error)}`);
	});
}

function isNotFound(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
