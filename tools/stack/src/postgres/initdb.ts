import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);

export type ClusterOwner = {
	binaries: PostgresBinaries;
	user: UnprivilegedUser | null;
	superuser: string;
};

/** What a cluster is made with, apart from its place and its superuser's password. */
export function initdbFlags(superuser: string): string[] {
	return [
		...['-U', superuser, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-instructions', '--no-sync'],
		// The plain C locale knows no letters beyond ASCII: `ilike` would miss Cyrillic.
		...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
	];
}

/** Makes a cluster that nobody can log in to: the password that initdb asks for is forgotten at once. */
export async function initialise(directory: string, owner: ClusterOwner): Promise<void> {
	const { binaries, user, superuser } = owner;
	const passwordFile = path.join(directory, '..', `${path.basename(directory)}.pw`);
	await writeFile(passwordFile, randomBytes(32).toString('base64url'), { mode: 0o600 });
	try {
		if (user !== null) {
			await chown(directory, user.uid, user.gid);
			await chown(passwordFile, user.uid, user.gid);
		}
		const flags = ['-D', directory, `--pwfile=${passwordFile}`, ...initdbFlags(superuser)];
		await run(binaries.initdb, flags, spawnOptions(user));
	} finally {
		await rm(passwordFile, { force: true });
	}
}

/** In single-user mode: no server that answers anybody runs before the password is set. */
export async function setPassword(
	directory: string,
	{ binaries, user, superuser }: ClusterOwner,
	password: string
): Promise<void> {
	// A line is a statement there.
	if (/[\n\r]/.test(password)) throw new Error('A password of Postgres is one line');
	const settings = ['exit_on_error=on', 'fsync=off', 'standard_conforming_strings=on'];
	const child = spawn(
		binaries.postgres,
		['--single', '-D', directory, ...settings.flatMap((value) => ['-c', value]), 'postgres'],
		{ ...spawnOptions(user), stdio: ['pipe', 'ignore', 'pipe'] }
	);
	const ended = once(child, 'close') as Promise<[number | null]>;
	const output = text(child.stderr);
	// One that ends before it has read is told of by its output.
	child.stdin.on('error', () => undefined);
	child.stdin.end(`alter role "${superuser}" password '${password.replaceAll("'", "''")}'\n`);
	const [code] = await ended;
	if (code !== 0)
		throw new Error(`Cannot set a password (code ${String(code)}): ${(await output).trim()}`);
}

/** Puts everything that the cluster consists of onto the disk. */
export async function syncCluster(
	directory: string,
	{ binaries, user }: Omit<ClusterOwner, 'superuser'>
): Promise<void> {
	await run(binaries.initdb, ['--sync-only', '-D', directory], spawnOptions(user));
}

function spawnOptions(user: UnprivilegedUser | null) {
	return {
		...(user !== null && { uid: user.uid, gid: user.gid }),
		// Ours may be one that this user cannot enter.
		cwd: path.parse(import.meta.dirname).root,
		// With a zone given, initdb does not compare all zones with the machine's clock.
		env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
	};
}
