import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Backend } from './backend.ts';
import { startBackend } from './stack.ts';

/** Runs the stack in a child process (this file again), so that the test runner's loader does not touch it. */
export async function startServedBackend(): Promise<{ backend: Backend; close(): Promise<void> }> {
	const child = fork(join(import.meta.dirname, 'serve.ts'), { execArgv: [] });
	const backend = await new Promise<Backend>((resolve, reject) => {
		child.once('message', (message) => resolve(message as Backend));
		child.once('exit', (code) => reject(new Error(`the stack ended with ${String(code)}`)));
	});
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	return {
		backend,
		async close() {
			child.disconnect();
			await exited;
		}
	};
}

if (process.argv[1] === import.meta.filename && process.send) {
	const { backend, close } = await startBackend();
	process.once('disconnect', () => void close().then(() => process.exit(0)));
	process.send(backend);
}
