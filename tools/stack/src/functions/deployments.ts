import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readFunctions, readFunctionSecrets, unlistedFunctions } from './config.ts';
import type { FunctionConfig } from './config.ts';
import { Deployment } from './deployment.ts';
import { secretsOf } from './environment.ts';
import { FunctionLog } from './function-log.ts';
import type { Imports } from './imports.ts';
import { Leash } from './leash.ts';
import { Refused, resourceLimit } from './refusal.ts';
import { watchDirectories, type Watch } from './watch.ts';
import type { Limits, Worker } from './worker.ts';

export interface DeploymentsOptions {
	root: string;
	/** What the stack gives to every function; wins over `functions/.env`. */
	env: Record<string, string>;
	log: (line: string) => void;
	logDirectory: string | null;
	limits: Limits;
}

/** All functions of config.toml, followed while their files change. */
export class Deployments {
	readonly #options: DeploymentsOptions;
	readonly #log: FunctionLog;
	readonly #leash = new Leash();
	readonly #watch: Watch;
	readonly #sweep: NodeJS.Timeout;
	readonly #deployments = new Map<string, Deployment>();
	/** Removed from config.toml, with requests under way perhaps. */
	readonly #former = new Set<Deployment>();
	readonly #warned = new Set<string>();

	constructor(options: DeploymentsOptions) {
		this.#options = options;
		this.#log = new FunctionLog({ directory: options.logDirectory, log: options.log });
		this.#watch = watchDirectories(() => this.#tryRefresh());
		this.#refresh();
		const sweepMs = Math.min(1_000, options.limits.blockedMs / 2, options.limits.idleMs);
		this.#sweep = setInterval(() => this.#check(), sweepMs);
		this.#sweep.unref();
	}

	get(name: string): Deployment | undefined {
		return this.#deployments.get(name);
	}

	names(): string[] {
		return [...this.#deployments.keys()];
	}

	async close(): Promise<void> {
		this.#watch.close();
		clearInterval(this.#sweep);
		const all = [...this.#deployments.values(), ...this.#former];
		await Promise.all(all.map((deployment) => deployment.close()));
		this.#leash.close();
	}

	/** In the middle of an edit config.toml may be no TOML: what was valid goes on. */
	#tryRefresh(): void {
		try {
			this.#refresh();
		} catch (error) {
			this.#options.log(`functions stay as they are: ${String(error)}`);
		}
	}

	#refresh(): void {
		const { root, env } = this.#options;
		const listed = readFunctions(root);
		const secrets = readFunctionSecrets(root, (name) =>
			this.#warnOnce(`functions/.env: ${name} is ignored, names with SUPABASE_ are reserved`)
		);
		for (const name of unlistedFunctions(root, listed))
			this.#warnOnce(
				`functions/${name} is not in supabase/config.toml, so it is neither served nor deployed`
			);
		const environment = { ...secrets, ...env };
		this.#log.secrets = secretsOf(environment);
		const imports: Imports = new Map();
		for (const [name, config] of listed) this.#deploy(name, config, environment, imports);
		for (const name of this.names()) if (!listed.has(name)) this.#remove(name);
		this.#watch.set(this.#directories());
	}

	#deploy(
		name: string,
		config: FunctionConfig,
		environment: Record<string, string>,
		imports: Imports
	): void {
		const { root, limits } = this.#options;
		const known = this.#deployments.get(name);
		if (known) {
			if (known.update(config, environment, imports))
				this.#log.write(name, 'info', null, 'reloaded');
			return;
		}
		const admit = () => this.#makeRoom();
		const options = { name, root, limits, leash: this.#leash, log: this.#log, admit };
		this.#deployments.set(name, new Deployment(options, config, environment, imports));
	}

	#remove(name: string): void {
		const deployment = this.#deployments.get(name);
		if (!deployment) return;
		this.#deployments.delete(name);
		deployment.replace('termination');
		this.#former.add(deployment);
	}

	/** Ends the worker that has been idle the longest when there are as many as there may be. */
	#makeRoom(): void {
		const workers = this.#workers().filter((worker) => !worker.retired);
		if (workers.length < this.#options.limits.workers) return;
		const [idle] = workers
			.filter((worker) => !worker.busy)
			.sort((one, other) => one.lastUsed - other.lastUsed);
		if (!idle) throw new Refused(resourceLimit);
		idle.retire('early_drop');
	}

	#check(): void {
		const now = performance.now();
		for (const worker of this.#workers()) worker.check(now);
		for (const former of this.#former) if (former.workers.size === 0) this.#former.delete(former);
	}

	#workers(): Worker[] {
		return [...this.#deployments.values(), ...this.#former].flatMap(({ workers }) => [...workers]);
	}

	#directories(): Set<string> {
		const { root } = this.#options;
		const functions = join(root, 'functions');
		return new Set([
			functions,
			join(root, 'supabase'),
			...subdirectories(functions),
			...[...this.#deployments.values()].flatMap(({ directories }) => directories)
		]);
	}

	#warnOnce(line: string): void {
		if (this.#warned.has(line)) return;
		this.#warned.add(line);
		this.#options.log(line);
	}
}

function subdirectories(directory: string): string[] {
	try {
		return readdirSync(directory, { withFileTypes: true })
			.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
			.map((entry) => join(directory, entry.name));
	} catch {
		return []; // a project without functions
	}
}
