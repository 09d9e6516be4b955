import { join } from 'node:path';
import type { Mail } from './api/auth-mail.ts';
import { startApi, type Api } from './api/start-api.ts';
import { bootstrap } from './bootstrap.ts';
import { startFunctions, type Functions } from './functions.ts';
import { functionEnvironment } from './functions/environment.ts';
import { openGateway, type Gateway } from './gateway.ts';
import { consoleRoute } from './gateway/console.ts';
import { readSiteKey, Shop } from './gateway/shop.ts';
import { StaticFiles } from './gateway/static-files.ts';
import { loadKeys, type Keys } from './keys.ts';
import { installNet, startNet } from './net.ts';
import { readProjectConfig } from './project-config.ts';
import { installRealtime } from './realtime/install.ts';
import { startRealtime, type Realtime } from './realtime/server.ts';
import { DatabaseServer } from './stack/database-server.ts';
import { migrate } from './stack/migrate.ts';
import { claimDataDirectory, takeOver } from './stack/run-file.ts';
import { republishSites, seedOnce, writeSettings } from './stack/seed.ts';
import { installSteps, withDatabase } from './stack/steps.ts';
import { openReporter } from './status/report.ts';
import { finishSwap } from './backup/swap.ts';
import { MigrationFailed, Upgrade } from './stack/upgrade.ts';
import { createVerifier } from './tokens.ts';

export const defaultPort = 54_321;

/** A line of one part of the stack. */
export type Log = (part: string, line: string) => void;

export interface StackOptions {
	/** The project: `supabase/`, `functions/` and `apps/` are looked for here. */
	root: string;
	dataDirectory: string;
	/** 0 takes a free one. */
	port?: number;
	/** False trades crash safety of the machine for speed: tests only. */
	durable?: boolean;
	log?: Log;
	/** Told after each part of the start. */
	onStep?: (name: string, ms: number) => void;
	/** Ends a start that is not finished yet. */
	signal?: AbortSignal;
	/** The process that starts this one again when it is killed. */
	supervisorPid?: number;
	onMail?: (mail: Mail) => void;
	serve?: { console?: boolean };
}

export interface Stack {
	/** Of API and console. */
	url: string;
	shopUrl: string;
	port: number;
	keys: Keys;
	/** As `postgres`, the role that owns the product's schema. */
	databaseUrl: string;
	postgres: DatabaseServer;
	functions: Functions;
	close: () => Promise<void>;
}

type Closer = () => Promise<void> | void;

/** Boots everything on a data directory, new or used, also one whose last stack was killed. */
export async function startStack(options: StackOptions): Promise<Stack> {
	const closers: Closer[] = [];
	const start = new Start(options, closers);
	let closing: Promise<void> | null = null;
	const close = () => (closing ??= closeAll(closers));
	try {
		return { ...(await start.run()), close };
	} catch (error) {
		await close();
		throw error instanceof MigrationFailed ? await start.upgrade.undo(error) : error;
	}
}

/** The last that was started stops first; what fails to stop does not keep the rest running. */
async function closeAll(closers: Closer[]): Promise<void> {
	const failures: unknown[] = [];
	for (const closer of closers.reverse()) {
		try {
			await closer();
		} catch (error) {
			failures.push(error);
		}
	}
	if (failures.length > 0) throw new AggregateError(failures, 'The stack did not stop cleanly');
}

/** One start, part by part. */
class Start {
	readonly #options: StackOptions;
	readonly upgrade: Upgrade;
	readonly #closers: Closer[];
	readonly #log: Log;

	constructor(options: StackOptions, closers: Closer[]) {
		this.#options = options;
		this.#closers = closers;
		this.#log = options.log ?? (() => undefined);
		this.upgrade = new Upgrade({ ...options, log: this.#to('migrations') });
	}

	async run(): Promise<Omit<Stack, 'close'>> {
		const { dataDirectory, port = defaultPort } = this.#options;
		// Before the port, which it most likely holds: "it runs already" says more than "busy".
		await takeOver(dataDirectory);
		const gateway = await openGateway({ port, log: this.#to('gateway') });
		this.#closers.push(() => gateway.close());
		const { supervisorPid } = this.#options;
		this.#closers.push(claimDataDirectory(dataDirectory, { ...gateway, supervisorPid }));
		await finishSwap(dataDirectory);
		const keys = await loadKeys(join(dataDirectory, 'keys.json'));
		const postgres = await this.#step('Postgres', () => this.#startDatabase(keys));
		const api = await this.#step('API', () => this.#startApi(postgres, keys, gateway));
		// Before migrations and seed: it makes the partition that their broadcasts go to.
		const realtime = await this.#step('Realtime', () => this.#startRealtime(postgres, keys));
		await this.#step('Migrations', () => this.#migrate(postgres, keys, gateway, api));
		const functions = await this.#step('Functions', () =>
			this.#startFunctions(postgres, keys, gateway)
		);
		await this.#serve({ gateway, api, realtime, functions, keys, postgres });
		const net = startNet({ databaseUrl: postgres.url(), log: this.#to('net') });
		this.#closers.push(() => net.close());
		await withDatabase(postgres.url(), republishSites);
		const { url, shopUrl } = gateway;
		const databaseUrl = postgres.url('postgres');
		return { url, shopUrl, port: gateway.port, keys, databaseUrl, postgres, functions };
	}

	async #startDatabase(keys: Keys): Promise<DatabaseServer> {
		const { dataDirectory, durable = true } = this.#options;
		const server = await DatabaseServer.start({
			dataDirectory: join(dataDirectory, 'postgres'),
			durable,
			passwords: keys.databasePasswords,
			log: this.#to('postgres')
		});
		this.#closers.push(() => server.stop());
		await bootstrap({ databaseUrl: server.url(), passwords: keys.databasePasswords });
		await withDatabase(server.url(), installSteps);
		await installRealtime(server.url());
		await installNet(server.url());
		return server;
	}

	async #startApi(server: DatabaseServer, keys: Keys, { url }: Gateway): Promise<Api> {
		const { root, dataDirectory, onMail } = this.#options;
		const { auth } = readProjectConfig(root);
		const api = await startApi({
			databaseUrl: server.url(),
			keys,
			storageDirectory: join(dataDirectory, 'storage'),
			siteUrl: url,
			publicUrl: url,
			onMail: onMail ?? (() => undefined),
			auth: {
				additionalRedirectUrls: auth.additional_redirect_urls,
				anonymousSignIns: auth.enable_anonymous_sign_ins,
				confirmEmail: auth.email.enable_confirmations
			}
		});
		this.#closers.push(() => api.close());
		return api;
	}

	/** The product's schema, the settings that its triggers read, and the demo of the first run. */
	async #migrate(server: DatabaseServer, keys: Keys, gateway: Gateway, api: Api): Promise<void> {
		const { root } = this.#options;
		const databaseUrl = server.url('postgres');
		const changed = await withDatabase(server.url(), async (sql) => {
			const { upgrade } = this;
			const log = this.#to('migrations');
			const applied = await migrate({ root, sql, databaseUrl, log, upgrade });
			await writeSettings(sql, {
				functions_url: `${gateway.url}/functions/v1`,
				secret_key: keys.secretKey
			});
			return applied;
		});
		await seedOnce(root, databaseUrl);
		if (changed) await api.reloadSchema();
	}

	async #startRealtime(server: DatabaseServer, keys: Keys): Promise<Realtime> {
		const log = this.#to('realtime');
		const verifier = createVerifier(keys);
		const realtime = await startRealtime({
			databaseUrl: server.url(),
			verifyToken: (token) => verifier.verify(token),
			apiKeys: new Map([
				[keys.publishableKey, 'anon'],
				[keys.secretKey, 'service_role']
			]),
			log: ({ level, code, message }) => log(`${level} ${code}: ${message}`)
		});
		this.#closers.push(() => realtime.close());
		return realtime;
	}

	async #startFunctions(server: DatabaseServer, keys: Keys, gateway: Gateway): Promise<Functions> {
		const verifier = createVerifier(keys);
		const functions = startFunctions({
			root: this.#options.root,
			env: functionEnvironment(keys, gateway.url, server.url('postgres')),
			verifyToken: (token) => verifier.verify(token),
			log: this.#to('functions')
		});
		this.#closers.push(() => functions.close());
		await functions.ready();
		return functions;
	}

	async #serve(parts: {
		gateway: Gateway;
		api: Api;
		realtime: Realtime;
		functions: Functions;
		keys: Keys;
		postgres: DatabaseServer;
	}): Promise<void> {
		const { gateway, api, realtime, functions, keys } = parts;
		const { root, serve } = this.#options;
		const reporter = openReporter({ ...this.#options, ...parts });
		const environment = {
			SUPABASE_URL: gateway.url,
			SUPABASE_PUBLISHABLE_KEY: keys.publishableKey
		};
		// A test that needs no console does not load it.
		const handlerFile = serve?.console === false ? null : join(root, 'apps/admin/build/handler.js');
		gateway.serve({
			api,
			realtime: {
				handle: (request, response) => void realtime.handle(request, response),
				upgrade: (request, socket, head) => realtime.upgrade(request, socket, head)
			},
			functions,
			widget: new StaticFiles(join(root, 'apps/widget/dist')),
			shop: new Shop({
				directory: join(root, 'apps/shop'),
				widgetUrl: `${gateway.url}/widget.js`,
				siteKey: () => readSiteKey(join(root, 'supabase/demo.json'))
			}),
			console: await consoleRoute(handlerFile, environment),
			status: () => reporter.read()
		});
		this.#closers.push(() => reporter.close());
		this.#closers.push(() => gateway.drain());
	}

	async #step<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
		this.#options.signal?.throwIfAborted();
		const startedAt = performance.now();
		const result = await run();
		this.#options.onStep?.(name, performance.now() - startedAt);
		return result;
	}

	#to(part: string): (line: string) => void {
		return (line) => this.#log(part, line);
	}
}
