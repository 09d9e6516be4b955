import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Functions } from '../functions.ts';
import type { Keys } from '../keys.ts';
import type { MailService } from '../mail/start-mail.ts';
import type { Realtime } from '../realtime/server.ts';
import { openSessions, type Sessions, type Sql } from '../sessions.ts';
import { appliedVersions, readMigrations } from '../stack/migrate.ts';
import { withDatabase } from '../with-database.ts';
import {
	probeApi,
	probeCron,
	probeFunctions,
	probeMail,
	probePostgres,
	probeRealtime,
	probeStorage
} from './probes.ts';
import { type PartStatus, type Probe, probeAll, type Status } from './status.ts';

export interface ReporterOptions {
	root: string;
	dataDirectory: string;
	/** As the superuser. */
	databaseUrl: string;
	url: string;
	shopUrl: string;
	supervisorPid?: number | undefined;
	probes: ReadonlyMap<string, Probe>;
}

/** The parts of the stack that can be asked. */
export function openReporter(stack: {
	root: string;
	dataDirectory: string;
	supervisorPid?: number;
	gateway: { url: string; shopUrl: string };
	realtime: Realtime;
	functions: Functions;
	mail: Pick<MailService, 'environment'>;
	keys: Keys;
	postgres: { url: () => string };
}): Reporter {
	const { root, dataDirectory, supervisorPid, gateway, keys, postgres } = stack;
	const { url, shopUrl } = gateway;
	const probes = new Map<string, Probe>([
		['postgres', probePostgres],
		['api', probeApi({ url, secretKey: keys.secretKey })],
		['realtime', probeRealtime(stack.realtime)],
		['functions', probeFunctions(stack.functions)],
		['mail', probeMail(stack.mail.environment)],
		['storage', probeStorage(join(dataDirectory, 'storage'))],
		['cron', probeCron]
	]);
	const databaseUrl = postgres.url();
	return new Reporter({ root, dataDirectory, databaseUrl, url, shopUrl, supervisorPid, probes });
}

/** Says how the stack is, on a connection of its own so that a busy stack can still tell. */
export class Reporter {
	readonly #options: ReporterOptions;
	readonly #sessions: Sessions;
	readonly #sql: Sql;
	readonly #startedAt = new Date().toISOString();
	#current: Promise<Status> | null = null;

	constructor(options: ReporterOptions) {
		this.#options = options;
		this.#sessions = openSessions(options.databaseUrl, {
			name: 'status',
			max: 2,
			idleMs: 20_000,
			connectTimeoutMs: 3_000,
			statementTimeoutMs: 3_000
		});
		this.#sql = this.#sessions.sql;
	}

	/** Whoever asks while it is being found out gets the same answer. */
	read(): Promise<Status> {
		this.#current ??= this.#read().finally(() => (this.#current = null));
		return this.#current;
	}

	async close(): Promise<void> {
		await this.#sessions.close();
	}

	async #read(): Promise<Status> {
		const {
			root,
			dataDirectory,
			databaseUrl,
			url,
			shopUrl,
			supervisorPid = null,
			probes
		} = this.#options;
		const parts = await probeAll(this.#sql, probes);
		const { postgres: database } = parts as { postgres?: PartStatus };
		const answers = database?.ok === true;
		const migrations = readMigrations(join(root, 'supabase/migrations'));
		const applied = answers ? await withDatabase(databaseUrl, appliedVersions) : [];
		const known = new Set(applied);
		const pending = answers ? migrations.filter(({ version }) => !known.has(version)) : [];
		return {
			ok: Object.values(parts).every(({ ok }) => ok) && pending.length === 0,
			time: new Date().toISOString(),
			url,
			shopUrl,
			startedAt: this.#startedAt,
			pids: { supervisor: supervisorPid, stack: process.pid },
			versions: { ...(await versions()), postgres: answers ? await serverVersion(this.#sql) : '' },
			parts,
			migrations: { applied, pending: pending.map(({ name }) => name) },
			bytes: {
				database: await folderSize(join(dataDirectory, 'postgres')),
				storage: await folderSize(join(dataDirectory, 'storage'))
			}
		};
	}
}

async function serverVersion(sql: Sql): Promise<string> {
	const [row] = await sql<{ version: string }[]>`
		select current_setting('server_version') as version`;
	return row?.version ?? '';
}

async function versions(): Promise<Record<string, string>> {
	const resolve = createRequire(import.meta.url).resolve;
	const read = async (name: string) => {
		const manifest = await readFile(resolve(`${name}/package.json`), 'utf8');
		return (JSON.parse(manifest) as { version: string }).version;
	};
	return {
		node: process.versions.node,
		deno: await read('deno'),
		supabase: await read('supabase')
	};
}

/** Files come and go while they are counted. */
async function folderSize(directory: string): Promise<number> {
	const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
	const sizes = await Promise.all(
		entries.map(async (entry) => {
			const path = join(directory, entry.name);
			if (entry.isDirectory()) return folderSize(path);
			return (await stat(path).catch(() => null))?.size ?? 0;
		})
	);
	return sizes.reduce((sum, size) => sum + size, 0);
}
