import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from './backend.ts';
import type { SupervisorMessage } from './supervised-main.ts';

export interface SupervisedStack {
	pid: number;
	url: string;
	dataDirectory: string;
	/** Where it is now: the database's port is another one after the stack was started again. */
	backend(): Backend;
	output(): string;
	/** Ends it in order; answers its exit code. */
	stop(): Promise<number | null>;
	kill(): Promise<void>;
}

/** The whole of `npm start` but for the installing: a supervisor in a process of its own and the stack below. */
export async function startSupervised(dataDirectory: string): Promise<SupervisedStack> {
	const child = fork(join(import.meta.dirname, 'supervised-main.ts'), [dataDirectory], {
		execArgv: [],
		stdio: ['ignore', 'pipe', 'pipe', 'ipc']
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream?.on('data', (chunk) => (output += String(chunk)));
	const exited = once(child, 'exit') as Promise<[number | null]>;
	const url = await new Promise<string>((resolve, reject) => {
		child.on('message', (message: SupervisorMessage) => {
			if (message.type === 'ready') resolve(message.url);
		});
		void exited.then(() => reject(new Error(`npm start ended:\n${output}`)));
	});
	return {
		pid: child.pid ?? 0,
		url,
		dataDirectory,
		backend: () => readBackend(dataDirectory, url),
		output: () => output,
		async stop() {
			child.kill('SIGTERM');
			return (await exited)[0];
		},
		async kill() {
			child.kill('SIGKILL');
			await exited;
		}
	};
}

function readBackend(dataDirectory: string, url: string): Backend {
	const keys = JSON.parse(readFileSync(join(dataDirectory, 'keys.json'), 'utf8')) as {
		publishableKey: string;
		secretKey: string;
		jwtSecret: string;
		databasePasswords: { postgres: string };
	};
	const postmaster = readFileSync(join(dataDirectory, 'postgres/postmaster.pid'), 'utf8');
	const port = postmaster.split('\n')[3] ?? '';
	const password = encodeURIComponent(keys.databasePasswords.postgres);
	return {
		url,
		publishableKey: keys.publishableKey,
		secretKey: keys.secretKey,
		jwtSecret: keys.jwtSecret,
		databaseUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
	};
}
