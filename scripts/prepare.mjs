import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { npm, projectNode, root, run } from './run.mjs';

const installMark = 'node_modules/.chatiq-install';
const buildMark = '.chatiq-build';
/** Results of builds and tests, and the README that paraglide writes beside its settings. */
const notSources = new Set(['node_modules', 'dist', 'build', 'gen', 'test-results', 'README.md']);

/**
 * What has to be built before the product runs, in this order. `needs` is absent while a part is
 * not written yet.
 */
const builds = [
	{
		name: 'Messages',
		workspace: 'packages/i18n',
		needs: 'project.inlang/settings.json',
		output: 'src/gen',
		sources: ['packages/i18n']
	},
	{
		name: 'Widget',
		workspace: 'apps/widget',
		needs: 'scripts/build.ts',
		output: 'dist',
		sources: ['apps/widget', 'packages']
	},
	{
		name: 'Console',
		workspace: 'apps/admin',
		needs: 'vite.config.ts',
		output: 'build',
		sources: ['apps/admin', 'packages']
	}
];

/**
 * Installs what is missing and builds what is out of date.
 * @param {import('./terminal.mjs').Terminal} terminal
 */
export async function prepare(terminal) {
	const lock = hashFiles(['package-lock.json']);
	if (!installed(lock))
		await terminal.step('Packages', async () => {
			// Not `npm ci`: it refuses a lock file without the binaries of platforms that its author's
			// registry did not have. This installs the same versions and changes no file of ours.
			const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
			const [command, args, options] = npm(['install', '--include=dev', ...quiet]);
			await run(command, args, options);
			writeFileSync(join(root, installMark), lock);
		});
	for (const build of builds) {
		if (!existsSync(join(root, build.workspace, build.needs))) continue;
		const output = join(root, build.workspace, build.output);
		const sources = hashFiles([...build.sources, 'package-lock.json']);
		if (read(join(output, buildMark)) === sources) continue;
		await terminal.step(build.name, () => buildWorkspace(build.workspace, output, sources));
	}
}

/**
 * @param {string} workspace
 * @param {string} output
 * @param {string} sources
 */
async function buildWorkspace(workspace, output, sources) {
	const [command, args, options] = npm(['run', 'build', '--silent', '--workspace', workspace]);
	await run(command, args, options);
	mkdirSync(output, { recursive: true });
	writeFileSync(join(output, buildMark), sources);
}

/** @param {string} lock */
function installed(lock) {
	if (!existsSync(projectNode())) return false;
	if (read(join(root, installMark)) === lock) return true;
	// Somebody ran `npm install` by hand: npm's own record tells whether it is what the lock file says.
	if (!recordMatchesLock()) return false;
	writeFileSync(join(root, installMark), lock);
	return true;
}

function recordMatchesLock() {
	const record = read(join(root, 'node_modules/.package-lock.json'));
	if (record === null) return false;
	const { packages: present } = JSON.parse(record);
	const { packages: wanted } = JSON.parse(read(join(root, 'package-lock.json')) ?? '{}');
	return Object.entries(wanted)
		.filter(([path]) => path.includes('node_modules/'))
		.every(([path, { version, optional, link }]) => {
			if (!present[path]) return optional;
			return existsSync(join(root, path)) && (link || present[path].version === version);
		});
}

/**
 * One hash over names and contents.
 * @param {string[]} paths files and folders, from the root
 */
export function hashFiles(paths) {
	const hash = createHash('sha256');
	for (const file of paths.flatMap((path) => list(join(root, path))))
		hash
			.update(`${relative(root, file)}\0`)
			.update(readFileSync(file))
			.update('\0');
	return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function list(path) {
	if (!existsSync(path)) return [];
	try {
		return readdirSync(path, { withFileTypes: true })
			.filter(({ name }) => !notSources.has(name) && !name.startsWith('.'))
			.sort((a, b) => (a.name < b.name ? -1 : 1))
			.flatMap((entry) =>
				entry.isDirectory() ? list(join(path, entry.name)) : [join(path, entry.name)]
			);
	} catch (error) {
		if (error.code === 'ENOTDIR') return [path];
		throw error;
	}
}

/** @param {string} file */
function read(file) {
	return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
