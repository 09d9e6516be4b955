import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const projectDirectory = fileURLToPath(new URL('../../../..', import.meta.url));
const hostFile = fileURLToPath(new URL('./host.ts', import.meta.url));

/** What Deno itself needs from the machine; nothing else of the developer's environment gets in. */
const passedOn = [
	'PATH',
	'HOME',
	'USERPROFILE',
	'SystemRoot',
	'TMPDIR',
	'TEMP',
	'HTTP_PROXY',
	'HTTPS_PROXY',
	'NO_PROXY',
	'DENO_CERT',
	'DENO_TLS_CA_STORE'
];

/** The binary itself, not its Node launcher: a killed launcher would leave Deno behind. */
function denoBinary(): string {
	const name = process.platform === 'win32' ? 'deno.exe' : 'deno';
	const main = require.resolve('deno/package.json');
	const unpacked = join(dirname(main), name);
	if (existsSync(unpacked)) return unpacked;
	// npm was told not to run install scripts: the binary is still in the platform's package.
	const libc = process.platform === 'linux' ? '-glibc' : '';
	const platform = `@deno/${process.platform}-${process.arch}${libc}/package.json`;
	return join(dirname(createRequire(main).resolve(platform)), name);
}

export interface DenoOptions {
	root: string;
	entrypoint: string;
	/** Of V8's heap. */
	memoryMb: number;
}

/** Starts the host with the least rights that work: network, environment, reading source code. */
export function spawnDeno({ root, entrypoint, memoryMb }: DenoOptions): ChildProcess {
	return spawn(
		denoBinary(),
		[
			'run',
			'--quiet',
			'--no-prompt',
			'--cached-only',
			`--v8-flags=--max-old-space-size=${memoryMb}`,
			'--allow-net',
			'--allow-env',
			`--allow-read=${readable(root, entrypoint).join(',')}`,
			hostFile
		],
		{
			cwd: projectDirectory,
			env: {
				...Object.fromEntries(
					passedOn.flatMap((name) => {
						const value = process.env[name];
						return value === undefined ? [] : [[name, value]];
					})
				),
				DENO_DIR: join(projectDirectory, 'node_modules/.cache/deno'),
				DENO_NO_UPDATE_CHECK: '1',
				NO_COLOR: '1'
			},
			// Ctrl-C in a terminal reaches the whole group; only the stack decides when this ends.
			detached: process.platform !== 'win32',
			stdio: ['pipe', 'pipe', 'pipe']
		}
	);
}

/** Code, not data: the stack's keys and the database lie in the project's folder too. */
function readable(root: string, entrypoint: string): string[] {
	const folders = [root, projectDirectory].flatMap((directory) =>
		['functions', 'packages', 'node_modules', 'deno.json', 'package.json'].map((name) =>
			join(directory, name)
		)
	);
	return [...new Set([...folders, join(root, 'supabase/functions'), dirname(entrypoint)])].map(
		(path) => path.replaceAll(',', ',,')
	);
}
