import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type Postgres, type PostgresOptions } from '../postgres.ts';
import { discardUnsettled } from '../postgres/settle.ts';

const firstDelayMs = 50;
const longestDelayMs = 5_000;

/** Postgres that is started again when it dies untold, and that does not outlive this process. */
export class DatabaseServer {
	readonly #options: PostgresOptions;
	readonly #log: (line: string) => void;
	#postgres: Postgres;
	#leash: ChildProcess | null = null;
	#stopped = false;
	#restart: Promise<void> = Promise.resolve();

	private constructor(options: PostgresOptions, postgres: Postgres) {
		this.#options = { ...options, port: postgres.port };
		this.#log = options.log ?? (() => undefined);
		this.#postgres = postgres;
		this.#watch();
	}

	static async start(options: PostgresOptions): Promise<DatabaseServer> {
		const { dataDirectory, log = () => undefined } = options;
		await discardUnsettled(dataDirectory, log);
		const settling = { ...options, settles: true };
		return new DatabaseServer(settling, await startPostgres(settling));
	}

	/** The first start has filled the cluster: from here on a commit is on the disk. */
	settle(): Promise<void> {
		return this.#postgres.settle();
	}

	url(role?: string): string {
		return this.#postgres.url(role);
	}

	/** What a crash does: it comes back by itself. */
	kill(): void {
		this.#postgres.kill();
	}

	async stop(): Promise<void> {
		this.#stopped = true;
		await this.#restart;
		await this.#postgres.stop();
	}

	#watch(): void {
		this.#leash = leash(this.#options.dataDirectory);
		void this.#postgres.exited.then((code) => {
			this.#leash?.kill('SIGKILL');
			if (this.#stopped) return;
			this.#log(`Postgres ended unexpectedly (${code ?? 'killed'}); starting it again`);
			this.#restart = this.#revive();
		});
	}

	async #revive(): Promise<void> {
		for (let delayMs = firstDelayMs; !this.#stopped;) {
			try {
				this.#postgres = await startPostgres(this.#options);
				this.#watch();
				return;
			} catch (error) {
				this.#log(String(error));
			}
			await new Promise((resolve) => setTimeout(resolve, delayMs));
			delayMs = Math.min(delayMs * 2, longestDelayMs);
		}
	}
}

/**
 * A shell that stops the server when its input ends, which is when this process is gone, killed or
 * not. Without it the server of a killed stack would wait for the next start.
 */
function leash(dataDirectory: string): ChildProcess | null {
	if (process.platform === 'win32') return null;
	const [pid = ''] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
	const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'leash', pid], {
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true
	});
	shell.unref();
	return shell;
}
