// Installs and builds what is missing, then deploys with the project's Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { CommandFailed, projectNode, root } from './run.mjs';
import { Terminal } from './terminal.mjs';

try {
	await prepare(new Terminal());
} catch (error) {
	console.error(error instanceof CommandFailed ? `\n${error.output}\n${error.message}` : error);
	process.exit(1);
}
const args = [join(root, 'scripts/deploy/main.ts'), ...process.argv.slice(2)];
const child = spawn(projectNode(), args, { stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
	process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
