import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Backend } from './backend.ts';
import { type Place, startBackend } from './stack.ts';

export interface ServedBackend {
	backend: Backend;
	/** Stops it cleanly. */
	close(): Promise<void>;
	/** Ends its process in the middle of whatever it does (SIGKILL). */
	kill(): Promise<void>;
}

/** Runs the stack in a child process (this file again), so that the test runner's loader does not touch it. */
export async function startServedBackend(place?: Place): Promise<ServedBackend> {
	const child = fork(import.meta.filename, place ? [JSON.stringify(place)] : [], { execArgv: [] });
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const backend = await new Promise<Backend>((resolve, reject) => {
		child.once('message', (message) => resolve(message as Backend));
		child.once('exit', (code) => reject(new Error(`the stack ended with ${String(code)}`)));
	});
	return {
		backend,
		async close() {
			if (child.connected) child.disconnect();
			await exited;
		},
		async kill() {
			child.kill('SIGKILL');
			await exited;
		}
	};
}

if (process.argv[1] === join(import.meta.dirname, 'serve.ts') && process.send) {
	const place = process.argv[2] === undefined ? undefined : (JSON.parse(process.argv[2]) as Place);
	const { backend, close } = await startBackend(place);
	process.once('disconnect', () => void close().then(() => process.exit(0)));
	process.send(backend);
}
