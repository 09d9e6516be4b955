import { randomBytes } from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync
} from 'node:fs';
import path from 'node:path';
import { extensionFiles, extensionsHash, type ExtensionFile } from './extensions.ts';

/**
 * Postgres looks for extensions beside its own binary and, before version 18, nowhere else. So it
 * runs from a second tree of hard links to the package's files, with our extensions added. One tree
 * serves all stacks of this checkout; answers where it is.
 */
export function extendedTree(original: string, cacheDirectory: string): string {
	const files = extensionFiles();
	const manifest = path.join(original, '../package.json');
	const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>;
	const key = `${path.basename(name ?? '')}-${version ?? ''}-${extensionsHash(files)}`;
	const tree = path.join(cacheDirectory, key);
	if (existsSync(tree)) return tree;
	const unfinished = `${tree}.${randomBytes(4).toString('hex')}`;
	linkTree(original, unfinished);
	addExtensions(unfinished, files);
	try {
		renameSync(unfinished, tree);
	} catch (error) {
		rmSync(unfinished, { recursive: true });
		// Another stack made it at the same time.
		if (!existsSync(tree)) throw error;
	}
	return tree;
}

function linkTree(from: string, to: string): void {
	mkdirSync(to, { recursive: true, mode: 0o755 });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		const source = path.join(from, entry.name);
		const target = path.join(to, entry.name);
		if (entry.isDirectory()) linkTree(source, target);
		else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
		else linkOrCopy(source, target);
	}
}

/** Some file systems know no hard links, and none spans two of them. */
function linkOrCopy(source: string, target: string): void {
	try {
		linkSync(source, target);
	} catch {
		copyFileSync(source, target);
	}
}

function addExtensions(tree: string, files: ExtensionFile[]): void {
	const share = path.join(tree, 'share');
	const directory = [path.join(share, 'postgresql/extension'), path.join(share, 'extension')].find(
		(candidate) => existsSync(candidate)
	);
	if (directory === undefined) throw new Error(`There is no directory of extensions in ${share}`);
	for (const { name, content } of files)
		writeFileSync(path.join(directory, name), content, { mode: 0o644 });
}
