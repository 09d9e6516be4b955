// Runs one of the commands for a stack that is installed, with the project's Node, whatever runs npm.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectNode, root } from './run.mjs';

const [name = '', ...args] = process.argv.slice(2);
const file = join(root, name);
if (!existsSync(projectNode())) {
	console.error('Nothing is installed yet. Run: npm start');
	process.exit(2);
}
const child = spawn(projectNode(), [file, ...args], { stdio: 'inherit' });
// Ctrl-C reaches the child too; what it does with it decides how this ends.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
	process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
