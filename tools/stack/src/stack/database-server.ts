import { startPostgres, type Postgres, type PostgresOptions } from '../postgres.ts';

const firstDelayMs = 50;
const longestDelayMs = 5_000;

/** Postgres that is started again, on the same port, when it dies without having been told to. */
export class DatabaseServer {
	readonly #options: PostgresOptions;
	readonly #log: (line: string) => void;
	#postgres: Postgres;
	#stopped = false;
	#restart: Promise<void> = Promise.resolve();

	private constructor(options: PostgresOptions, postgres: Postgres) {
		this.#options = { ...options, port: postgres.port };
		this.#log = options.log ?? (() => undefined);
		this.#postgres = postgres;
		this.#watch();
	}

	static async start(options: PostgresOptions): Promise<DatabaseServer> {
		return new DatabaseServer(options, await startPostgres(options));
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
		void this.#postgres.exited.then((code) => {
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
