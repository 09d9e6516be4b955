import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.ts';
import { markUnsettled } from './settle.ts';
import { syncDirectory } from './sync-directory.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);

export type DataDirectoryOptions = {
	directory: string;
	binaries: PostgresBinaries;
	user: UnprivilegedUser | null;
	superuser: string;
	password: string;
	/** `later`: by `settle`. */
	sync: 'now' | 'later' | 'never';
};

/**
 * Creates the cluster unless it is there. initdb works in a sibling directory that is renamed when
 * complete, so a directory of that name is always a whole cluster, whenever we were killed.
 */
export async function ensureDataDirectory(options: DataDirectoryOptions): Promise<void> {
	const { directory } = options;
	await removeUnfinished(directory);
	if (await isCluster(directory)) return;
	const unfinished = `${directory}.init-${randomBytes(4).toString('hex')}`;
	await mkdir(unfinished, { mode: 0o700 });
	try {
		await initialise(unfinished, options);
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

async function initialise(directory: string, options: DataDirectoryOptions): Promise<void> {
	const { binaries, user } = options;
	const passwordFile = path.join(directory, '..', `${path.basename(directory)}.pw`);
	await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
	if (user !== null) {
		await chown(directory, user.uid, user.gid);
		await chown(passwordFile, user.uid, user.gid);
	}
	const flags = [
		...['-D', directory, '-U', options.superuser, `--pwfile=${passwordFile}`],
		...['-A', 'scram-sha-256', '-E', 'UTF8', '--no-instructions'],
		// The plain C locale knows no letters beyond ASCII: `ilike` would miss Cyrillic.
		...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
		...(options.sync === 'now' ? [] : ['--no-sync'])
	];
	try {
		await run(binaries.initdb, flags, {
			...(user !== null && { uid: user.uid, gid: user.gid }),
			cwd: path.parse(directory).root,
			// With a zone given, initdb does not compare all zones with the machine's clock.
			env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
		});
	} finally {
		await rm(passwordFile, { force: true });
	}
}

function isNotFound(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
