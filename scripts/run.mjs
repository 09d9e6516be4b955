import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A command that failed, with everything that it printed. */
export class CommandFailed extends Error {
	/**
	 * @param {string} command
	 * @param {string} how
	 * @param {string} output
	 */
	constructor(command, how, output) {
		super(`${command} ${how}`);
		this.output = output;
	}
}

/**
 * @typedef {object} Outcome
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} output
 */

/**
 * Runs a command to its end and keeps its output.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function capture(command, args, options = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd: root,
			stdio: ['ignore', 'pipe', 'pipe'],
			...options
		});
		let output = '';
		for (const stream of [child.stdout, child.stderr])
			stream?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
		child.once('error', reject);
		child.once('close', (code, signal) => resolve({ code, signal, output }));
	});
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function run(command, args, options) {
	const { code, signal, output } = await capture(command, args, options);
	if (code !== 0)
		throw new CommandFailed(
			[command, ...args].join(' '),
			signal ? `was ended by ${signal}` : `failed with code ${code}`,
			output
		);
}

/**
 * npm itself: by the path that it tells its scripts, else the one on PATH.
 * @param {string[]} args
 * @returns {[string, string[], import('node:child_process').SpawnOptions]}
 */
export function npm(args) {
	const path = process.env.npm_execpath;
	if (path && /npm-cli\.c?js$/.test(path)) return [process.execPath, [path, ...args], {}];
	// npm is a batch file on Windows, which only a shell starts.
	return ['npm', args, { shell: process.platform === 'win32' }];
}

/** The Node of the project, whatever Node runs this script. */
export function projectNode() {
	const name = process.platform === 'win32' ? 'node.exe' : 'node';
	return join(root, 'node_modules/node/bin', name);
}
