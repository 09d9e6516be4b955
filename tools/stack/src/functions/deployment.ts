import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionConfig } from './config.ts';
import { workerEnvironment } from './environment.ts';
import type { FunctionLog } from './function-log.ts';
import { fingerprint, importedFiles, type Imports } from './imports.ts';
import type { Leash } from './leash.ts';
import { bootError, Refused } from './refusal.ts';
import { Worker, type Limits } from './worker.ts';

export interface DeploymentOptions {
	name: string;
	root: string;
	limits: Limits;
	leash: Leash;
	log: FunctionLog;
	/** Makes room for one more worker, or throws a Refused. */
	admit: () => void;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;
/** A worker that lived this long was healthy: its death is not part of a series. */
const healthyAfterMs = 10_000;

/** One function: its code as it is now, and the worker that serves it. */
export class Deployment {
	readonly name: string;
	config: FunctionConfig;

	readonly #options: DeploymentOptions;
	#env: Record<string, string>;
	#files = new Set<string>();
	#version = '';
	#worker: Worker | null = null;
	readonly #workers = new Set<Worker>();
	#failures = 0;
	#notBefore = 0;
	#brokenBoot = false;

	constructor(
		options: DeploymentOptions,
		config: FunctionConfig,
		env: Record<string, string>,
		imports: Imports
	) {
		this.#options = options;
		this.name = options.name;
		this.config = config;
		this.#env = env;
		this.#look(imports);
	}

	/** All that still run, those that are being replaced included. */
	get workers(): ReadonlySet<Worker> {
		return this.#workers;
	}

	get worker(): Worker | null {
		return this.#worker;
	}

	/** Where its code lies. */
	get directories(): string[] {
		return [...this.#files].map((file) => dirname(file));
	}

	/** A worker that serves, started if there is none. Throws a Refused. */
	async acquire(): Promise<{ worker: Worker; port: number }> {
		for (;;) {
			const worker = this.#serving() ?? (await this.#start());
			const port = await worker.ready;
			// While it started, the code may have changed.
			if (!worker.retired && !worker.over) return { worker, port };
		}
	}

	/** Takes over what config.toml, .env and the files say now. Answers whether that was news. */
	update(config: FunctionConfig, env: Record<string, string>, imports: Imports): boolean {
		const moved = config.entrypoint !== this.config.entrypoint;
		const other = JSON.stringify(env) !== JSON.stringify(this.#env);
		this.config = config;
		this.#env = env;
		if (!this.#look(imports) && !moved && !other) return false;
		this.replace('termination');
		return true;
	}

	/** The next request gets a new worker. The present one finishes what it does. */
	replace(reason: string): void {
		this.#worker?.retire(reason);
		this.#worker = null;
		this.#failures = 0;
		this.#notBefore = 0;
		this.#brokenBoot = false;
	}

	async close(): Promise<void> {
		this.#worker = null;
		await Promise.all([...this.#workers].map((worker) => worker.close()));
	}

	#serving(): Worker | null {
		return this.#worker && !this.#worker.over && !this.#worker.retired ? this.#worker : null;
	}

	async #start(): Promise<Worker> {
		const wait = this.#notBefore - performance.now();
		if (wait > 0) {
			if (this.#brokenBoot) throw new Refused(bootError);
			await sleep(wait);
			// Another request may have started it meanwhile.
			const started = this.#serving();
			if (started) return started;
		}
		this.#options.admit();
		return (this.#worker = this.#launch());
	}

	#launch(): Worker {
		const { name, root, limits, leash, log } = this.#options;
		const startedAt = performance.now();
		const worker = new Worker({
			root,
			entrypoint: this.config.entrypoint,
			env: { ...this.#env, ...workerEnvironment(name, this.#version) },
			limits,
			leash,
			log: (level, request, text) => log.write(name, level, request, text)
		});
		this.#workers.add(worker);
		let booted = false;
		worker.ready.then(() => (booted = true)).catch(() => undefined);
		void worker.exited.then(() => {
			this.#workers.delete(worker);
			if (worker !== this.#worker) return;
			this.#worker = null;
			this.#failed(booted, performance.now() - startedAt);
		});
		return worker;
	}

	#failed(booted: boolean, livedMs: number): void {
		this.#brokenBoot = !booted;
		this.#failures = livedMs > healthyAfterMs ? 1 : this.#failures + 1;
		const delay = Math.min(firstDelayMs * 2 ** (this.#failures - 1), longestDelayMs);
		this.#notBefore = performance.now() + delay;
	}

	/** Answers whether the files are others than at the last look. */
	#look(imports: Imports): boolean {
		this.#files = importedFiles(this.config.entrypoint, imports);
		const print = createHash('sha256').update(fingerprint(this.#files)).digest('hex').slice(0, 12);
		const news = print !== this.#version;
		this.#version = print;
		return news;
	}
}
