import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ChildProcess } from 'node:child_process';
import { spawnDeno } from './deno.ts';
import type { HostConfig } from './host.ts';

export interface SupervisorOptions {
	root: string;
	env: Record<string, string>;
	config: HostConfig;
	log: (line: string) => void;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** A process that lived this long was healthy: its death is not part of a series. */
const healthyAfterMs = 10_000;
const goodbyeMs = 2_000;

/** Keeps one Deno process alive until it is closed. */
export class Supervisor {
	/** The port of the running process; pending while it (re)starts. */
	port: Promise<number>;

	readonly #options: SupervisorOptions;
	#child: ChildProcess;
	#closed = false;
	#delayMs = firstDelayMs;
	#restart: NodeJS.Timeout | undefined;
	#settle: Omit<PromiseWithResolvers<number>, 'promise'>;

	constructor(options: SupervisorOptions) {
		this.#options = options;
		const { promise, ...settle } = Promise.withResolvers<number>();
		this.port = promise;
		this.#settle = settle;
		this.#child = this.#spawn();
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#restart);
		this.#settle.reject(new Error('the functions host is closed'));
		this.port.catch(() => null);
		const child = this.#child;
		if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
		const exited = once(child, 'exit');
		child.stdin?.end();
		const force = setTimeout(() => child.kill('SIGKILL'), goodbyeMs);
		await exited;
		clearTimeout(force);
	}

	#spawn(): ChildProcess {
		const { root, env, config, log } = this.#options;
		const startedAt = performance.now();
		const child = spawnDeno(root, env);
		// The process may be dead before it has read its configuration; 'exit' deals with that.
		child.stdin?.on('error', () => null);
		child.stdin?.write(JSON.stringify(config) + '\n');
		this.#readLines(child.stderr, log);
		let listening = false;
		this.#readLines(child.stdout, (line) => {
			const port = /^listening (\d+)$/.exec(line)?.[1];
			if (listening || port === undefined) log(line);
			else {
				listening = true;
				this.#settle.resolve(Number(port));
			}
		});
		child.once('error', (error) => this.#ended(`could not start: ${error.message}`, startedAt));
		child.once('exit', (code, signal) =>
			this.#ended(`ended by ${signal ?? `exit code ${code ?? '?'}`}`, startedAt)
		);
		return child;
	}

	#readLines(stream: NodeJS.ReadableStream | null, each: (line: string) => void): void {
		if (stream) createInterface({ input: stream }).on('line', each);
	}

	#ended(how: string, startedAt: number): void {
		if (this.#closed) return;
		if (performance.now() - startedAt > healthyAfterMs) this.#delayMs = firstDelayMs;
		this.#options.log(`Deno ${how}; starting it again in ${this.#delayMs} ms`);
		// Whoever waits for a process that died while starting keeps waiting for its successor.
		const { promise, ...settle } = Promise.withResolvers<number>();
		this.#settle.resolve(promise);
		this.port = promise;
		this.#settle = settle;
		this.#restart = setTimeout(() => (this.#child = this.#spawn()), this.#delayMs);
		this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
	}
}
