import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadKeys } from '../keys.ts';
import { startPostgres } from '../postgres.ts';
import { unprivilegedUser } from '../postgres/unprivileged-user.ts';
import { readMigrations } from '../stack/migrate.ts';
import { withDatabase } from '../with-database.ts';
import { format, type Manifest } from './manifest.ts';
import { BadBackup, unpack } from './read-archive.ts';
import { preparedIn, restorable, type Restorable, swap } from './swap.ts';

export interface RestoreOptions {
	/** Whose migrations must include those of the backup. */
	root: string;
	/** Nothing runs on it. */
	dataDirectory: string;
	file: string;
	/** All of it unless told otherwise. */
	names?: readonly Restorable[];
	log?: (line: string) => void;
}

/** The backup was made by a newer version than this one. */
export class NewerBackup extends Error {}

/**
 * Replaces the data by a backup's. It is unpacked, checked and recovered aside first; until that has
 * succeeded the present data is not touched, and afterwards it lies in `before-restore`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
	const { root, dataDirectory, file, names = restorable, log } = options;
	const prepared = preparedIn(dataDirectory);
	await rm(prepared, { recursive: true, force: true });
	await mkdir(prepared, { recursive: true, mode: 0o755 });
	try {
		const wanted = (name: string) =>
			names.some((top) => name === top || name.startsWith(`${top}/`));
		const accept = (manifest: Manifest) => refuseNewer(manifest, root, file);
		const manifest = await unpack(file, prepared, accept, wanted);
		if (names.includes('storage')) await mkdir(join(prepared, 'storage'), { recursive: true });
		await recover(dataDirectory, prepared, file, log);
		await swap(dataDirectory, names);
		return manifest;
	} catch (error) {
		await rm(prepared, { recursive: true, force: true });
		throw error;
	}
}

export function refuseNewer(manifest: Manifest, root: string, file: string): void {
	const known = new Set(
		readMigrations(join(root, 'supabase/migrations')).map(({ version }) => version)
	);
	const unknown = manifest.migrations.filter((version) => !known.has(version));
	const [major] = manifest.postgres.split('.');
	const why =
		manifest.chatiq_backup > format
			? 'its format is newer'
			: major !== '17'
				? `it holds files of Postgres ${manifest.postgres}, and this one runs Postgres 17`
				: unknown.length > 0
					? `it has migrations that are not here: ${unknown.join(', ')}`
					: null;
	if (why)
		throw new NewerBackup(
			`${file} was made by another version of ChatIQ: ${why}.\n` +
				'Update this checkout to that version, then restore. The present data is untouched.'
		);
}

/** Starts the copied cluster once: what cannot recover must not replace what works. */
async function recover(
	dataDirectory: string,
	prepared: string,
	file: string,
	log: (line: string) => void = () => undefined
): Promise<void> {
	const cluster = join(prepared, 'postgres');
	const user = unprivilegedUser(join(dataDirectory, 'postgres'));
	if (user) await giveTo(cluster, user);
	const own = join(prepared, 'keys.json');
	const keys = await loadKeys(existsSync(own) ? own : join(dataDirectory, 'keys.json'));
	try {
		const passwords = keys.databasePasswords;
		const server = await startPostgres({ dataDirectory: cluster, passwords, log });
		try {
			await withDatabase(server.url(), (sql) => sql`select count(*) from pg_class`);
		} finally {
			await server.stop();
		}
	} catch (cause) {
		throw new BadBackup(file, `Postgres does not start on it (${String(cause)})`, { cause });
	}
}

async function giveTo(path: string, user: { uid: number; gid: number }): Promise<void> {
	await chown(path, user.uid, user.gid);
	for (const entry of await readdir(path, { withFileTypes: true })) {
		const inside = join(path, entry.name);
		if (entry.isDirectory()) await giveTo(inside, user);
		else await chown(inside, user.uid, user.gid);
	}
}
