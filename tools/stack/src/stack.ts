import { join } from 'node:path';
import { startApi, type Api } from './api/start-api.ts';
import { bootstrap } from './bootstrap.ts';
import { startCron } from './cron.ts';
import { startFunctions, type Functions } from './functions.ts';
import { functionEnvironment, replyDomain } from './functions/environment.ts';
import { openGateway, type Gateway } from './gateway.ts';
import { consoleRoute } from './gateway/console.ts';
import { readSiteKey, Shop } from './gateway/shop.ts';
import { StaticFiles } from './gateway/static-files.ts';
import { loadKeys, type Keys } from './keys.ts';
import type { OnMail } from './mail/mail.ts';
import { startMail, type MailService } from './mail/start-mail.ts';
import { loadTemplates } from './mail/template.ts';
import { installNet, startNet } from './net.ts';
import { readProjectConfig, type ProjectConfig } from './project-config.ts';
import { installRealtime } from './realtime/install.ts';
import { startRealtime, type Realtime, type RealtimeLimits } from './realtime/server.ts';
import { DatabaseServer } from './stack/database-server.ts';
import { migrate } from './stack/migrate.ts';
import { placesOf } from './stack/places.ts';
import { claimDataDirectory, takeOver } from './stack/run-file.ts';
import { republishSites, seedOnce, writeSettings } from './stack/seed.ts';
import { installSteps } from './stack/steps.ts';
import { keepVapidKeys } from './stack/vapid-keys.ts';
import { openReporter } from './status/report.ts';
import { finishSwap } from './backup/swap.ts';
import { MigrationFailed, Upgrade } from './stack/upgrade.ts';
import { createVerifier } from './tokens.ts';
import { withDatabase } from './with-database.ts';

export const defaultPort = 54_321;

/** One developer's tabs and tests easily exceed the 100 events a second of a free project. */
const localRealtimeLimits: Partial<RealtimeLimits> = { eventsPerSecond: 10_000 };

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
	/** Told of each mail of Auth, which lies in the mailbox as well. */
	onMail?: OnMail;
	serve?: { console?: boolean };
	/** What differs from the limits of a self-hosted Realtime. */
	realtimeLimits?: Partial<RealtimeLimits>;
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
	mail: MailService;
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

/** The stack's notes and schemas beside those of Auth and Storage, with which they have nothing in common. */
async function installOwn(databaseUrl: string): Promise<void> {
	await withDatabase(databaseUrl, installSteps);
	await installRealtime(databaseUrl);
	await installNet(databaseUrl);
}

/** One start, part by part. */
class Start {
	readonly #options: StackOptions;
	readonly upgrade: Upgrade;
	readonly #closers: Closer[];
	readonly #log: Log;
	readonly #config: ProjectConfig;

	constructor(options: StackOptions, closers: Closer[]) {
		this.#options = options;
		this.#closers = closers;
		this.#log = options.log ?? (() => undefined);
		this.#config = readProjectConfig(options.root);
		const { email } = this.#config.auth;
		email.template = loadTemplates(options.root, email.template);
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
		const mail = await this.#startMail(keys, gateway);
		const postgres = await this.#step('Postgres', () => this.#startDatabase(keys));
		const [api] = await this.#step('API', () =>
			Promise.all([this.#startApi(postgres, keys, gateway, mail), installOwn(postgres.url())])
		);
		// Before migrations and seed: it makes the partition that their broadcasts go to.
		const realtime = await this.#step('Realtime', () => this.#startRealtime(postgres, keys));
		const seeded = await this.#step('Migrations', () =>
			this.#migrate(postgres, keys, gateway, api)
		);
		const [, functions] = await this.#step('Functions', () =>
			Promise.all([
				postgres.settle(),
				Promise.resolve().then(() => this.#startFunctions(postgres, keys, gateway, mail))
			])
		);
		await this.#serve({ gateway, api, realtime, functions, keys, mail, postgres });
		const net = startNet({ databaseUrl: postgres.url(), log: this.#to('net') });
		this.#closers.push(() => net.close());
		const cron = startCron({
			urlOf: (role) => postgres.url(role),
			roles: Object.keys(keys.databasePasswords),
			log: this.#to('cron')
		});
		this.#closers.push(() => cron.close());
		// The seed has asked already.
		if (!seeded) await withDatabase(postgres.url(), republishSites);
		const { url, shopUrl } = gateway;
		const databaseUrl = postgres.url('postgres');
		return { url, shopUrl, port: gateway.port, keys, databaseUrl, postgres, functions, mail };
	}

	async #startMail({ secretKey }: Keys, gateway: Gateway): Promise<MailService> {
		const { dataDirectory, onMail } = this.#options;
		const { auth, local_smtp, inbucket } = this.#config;
		const mail = await startMail({
			...{ dataDirectory, auth, onMail, log: this.#to('mail') },
			smtpPort: (local_smtp ?? inbucket)?.smtp_port ?? 0,
			answers: {
				domain: replyDomain,
				url: () => `${gateway.url}/functions/v1/inbound-mail`,
				password: secretKey
			}
		});
		this.#closers.push(() => mail.close());
		return mail;
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
		return server;
	}

	async #startApi(
		server: DatabaseServer,
		keys: Keys,
		{ url }: Gateway,
		mail: MailService
	): Promise<Api> {
		const { dataDirectory } = this.#options;
		const { api: rest, auth } = this.#config;
		const api = await startApi({
			databaseUrl: server.url(),
			keys,
			storageDirectory: join(dataDirectory, 'storage'),
			siteUrl: url,
			publicUrl: url,
			onMail: mail.onMail,
			api: { schemas: rest.schemas, maxRows: rest.max_rows },
			auth
		});
		this.#closers.push(() => api.close());
		return api;
	}

	/** The product's schema, the settings that its triggers read, and the demo of the first run; whether it is that. */
	async #migrate(server: DatabaseServer, keys: Keys, gateway: Gateway, api: Api): Promise<boolean> {
		const { root } = this.#options;
		const databaseUrl = server.url('postgres');
		const changed = await withDatabase(server.url(), async (sql) => {
			const { upgrade } = this;
			const log = this.#to('migrations');
			const applied = await migrate({ root, sql, databaseUrl, log, upgrade });
			await writeSettings(sql, {
				functions_url: `${gateway.url}/functions/v1`,
				console_url: gateway.url,
				widget_url: `${gateway.url}/widget.js`,
				secret_key: keys.secretKey
			});
			await keepVapidKeys(sql);
			return applied;
		});
		const seeded = await seedOnce(root, databaseUrl);
		if (changed) await api.reloadSchema();
		return seeded;
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
			limits: { ...localRealtimeLimits, ...this.#options.realtimeLimits },
			log: ({ level, code, message }) => log(`${level} ${code}: ${message}`)
		});
		this.#closers.push(() => realtime.close());
		return realtime;
	}

	#startFunctions(
		server: DatabaseServer,
		keys: Keys,
		gateway: Gateway,
		mail: MailService
	): Functions {
		const verifier = createVerifier(keys);
		const functions = startFunctions({
			root: this.#options.root,
			env: {
				...functionEnvironment(keys, gateway.url, server.url('postgres')),
				...mail.environment
			},
			verifyToken: (token) => verifier.verify(token),
			log: this.#to('functions'),
			logDirectory: join(placesOf(this.#options.dataDirectory).logs, 'functions')
		});
		this.#closers.push(() => functions.close());
		return functions;
	}

	async #serve(parts: {
		gateway: Gateway;
		api: Api;
		realtime: Realtime;
		functions: Functions;
		keys: Keys;
		mail: MailService;
		postgres: DatabaseServer;
	}): Promise<void> {
		const { gateway, api, realtime, functions, keys, mail } = parts;
		const { root, serve } = this.#options;
		const reporter = openReporter({ ...this.#options, ...parts });
		const environment = {
			SUPABASE_URL: gateway.url,
			SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
			WIDGET_URL: `${gateway.url}/widget.js`,
			DEMO_SITE_KEY: readSiteKey(join(root, 'supabase/demo.json')) ?? ''
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
			mailbox: mail.route,
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
