import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Deployment, Step } from '../step.ts';
import { readFiles } from '../storage.ts';

/** The console is a Node server: this makes the one file that a host unpacks and runs. */
export const consoleBundle: Step = {
	name: 'Console',
	look(deployment) {
		const { root, stateDirectory } = deployment.options;
		const files = [
			...readFiles(join(root, 'apps/admin/build')).map(({ path, bytes }) => ({
				path: `build/${path}`,
				bytes
			})),
			...settingsFiles(deployment)
		].sort((a, b) => (a.path < b.path ? -1 : 1));
		const hash = createHash('sha256');
		for (const { path, bytes } of files) hash.update(`${path}\0`).update(bytes).update('\0');
		const file = join(stateDirectory, `console-${hash.digest('hex').slice(0, 12)}.tar.gz`);
		const left = [
			`Host the console: unpack ${file} on a machine with Node 22 or newer and run: npm start (docs/deploy.md)`
		];
		if (existsSync(file)) return Promise.resolve({ changes: [], left });
		const changes = [`pack the console into ${file}`];
		return Promise.resolve({ changes, left, apply: () => write(file, files) });
	}
};

function settingsFiles({ options, keys }: Deployment): { path: string; bytes: Buffer }[] {
	const manifest = {
		name: 'chatiq-console',
		private: true,
		type: 'module',
		engines: { node: '>=22' },
		scripts: { start: 'node --env-file=.env build/index.js' }
	};
	const environment = [
		`SUPABASE_URL=${options.projectUrl}`,
		`SUPABASE_PUBLISHABLE_KEY=${keys.publishable}`,
		'# The address in the browser: forms are refused without it.',
		`ORIGIN=${options.consoleUrl ?? 'https://chat.example.com'}`,
		'HOST=127.0.0.1',
		'PORT=3000',
		''
	];
	return [
		{ path: 'package.json', bytes: Buffer.from(`${JSON.stringify(manifest, null, '\t')}\n`) },
		{ path: '.env', bytes: Buffer.from(environment.join('\n')) }
	];
}

async function write(file: string, files: { path: string; bytes: Buffer }[]): Promise<void> {
	await mkdir(join(file, '..'), { recursive: true });
	const archive = pack();
	// The same content gives the same file.
	const mtime = new Date(0);
	for (const { path, bytes } of files) archive.entry({ name: `console/${path}`, mtime }, bytes);
	archive.finalize();
	try {
		await pipeline(archive, createGzip({ level: 9 }), createWriteStream(`${file}.part`));
		await rename(`${file}.part`, file);
	} finally {
		await rm(`${file}.part`, { force: true });
	}
}
