import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';

export type UnprivilegedUser = { uid: number; gid: number };

/**
 * Postgres refuses to run as root: then it runs as the owner of the data, which an ordinary user may
 * have made, and on new data as the system's `postgres` user, else `nobody`.
 */
export function unprivilegedUser(dataDirectory: string): UnprivilegedUser | null {
	if (process.getuid?.() !== 0) return null;
	const owner = statSync(dataDirectory, { throwIfNoEntry: false });
	if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
	for (const name of ['postgres', 'nobody']) {
		const uid = idOf('-u', name);
		const gid = idOf('-g', name);
		if (uid !== null && gid !== null) return { uid, gid };
	}
	throw new Error(
		'Postgres does not run as root and neither user "postgres" nor "nobody" exists. Run as an ordinary user.'
	);
}

/** Lets other users pass through (not list) every parent of `file`, so that Postgres can reach it. */
export function makeParentsTraversable(file: string, log: (line: string) => void): void {
	for (const directory of parentsOf(path.resolve(file))) {
		const { mode } = statSync(directory);
		if ((mode & 0o001) !== 0) continue;
		chmodSync(directory, (mode & 0o7777) | 0o001);
		log(`added o+x to ${directory} so that Postgres, which cannot run as root, reaches ${file}`);
	}
}

function parentsOf(file: string): string[] {
	const parent = path.dirname(file);
	return parent === file ? [] : [...parentsOf(parent), parent];
}

function idOf(flag: '-u' | '-g', name: string): number | null {
	try {
		return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
	} catch {
		return null; // `id` fails for a user that does not exist
	}
}
