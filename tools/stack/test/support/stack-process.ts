import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Ready {
	url: string;
	publishableKey: string;
}

/** The stack as `npm start` runs it: a process of its own that can be killed. */
export class StackProcess {
	readonly child: ChildProcess;
	/** Resolves when it serves, rejects with what it says when it cannot. */
	readonly ready: Promise<Ready>;
	readonly exit: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
	output = '';

	constructor(options: { root: string; data: string; port?: number; flags?: string[] }) {
		const { root, data, port = 0, flags = [] } = options;
		const main = join(import.meta.dirname, '../../src/main.ts');
		const where = ['--root', root, '--data', data, '--port', String(port)];
		const args = [...where, '--no-fsync', ...flags];
		this.child = fork(main, args, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
		for (const stream of [this.child.stdout, this.child.stderr])
			stream?.on('data', (chunk) => (this.output += String(chunk)));
		this.exit = once(this.child, 'exit') as typeof this.exit;
		this.ready = new Promise((resolve, reject) => {
			this.child.on('message', (message: Ready & { type: string; message: string }) => {
				if (message.type === 'ready') resolve(message);
				if (message.type === 'failed') reject(new Error(message.message));
			});
			void this.exit.then((how) => reject(new Error(`ended ${how.join(' ')}\n${this.output}`)));
		});
		// A test that kills it does not wait for it.
		this.ready.catch(() => undefined);
	}

	async stop(): Promise<number | null> {
		this.child.kill('SIGTERM');
		return (await this.exit)[0];
	}

	async kill(): Promise<void> {
		this.child.kill('SIGKILL');
		await this.exit;
	}
}

/** Processes of this machine whose command line holds the text. */
export function processesWith(text: string): number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
		.filter((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
			} catch {
				return false; // it ended meanwhile
			}
		})
		.map(Number);
}
