import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { HttpBindings } from '@hono/node-server';
import { createClient } from '@supabase/supabase-js';
import type { SupabaseClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { startApi } from '../../src/api/start-api.ts';
import type { Api, ApiOptions } from '../../src/api/start-api.ts';
import { AuthConfig } from '../../src/auth/config.ts';
import type { AuthConfigInput } from '../../src/auth/config.ts';
import { bootstrap } from '../../src/bootstrap.ts';
import { generateKeys } from '../../src/keys.ts';
import type { Keys } from '../../src/keys.ts';
import type { Mail } from '../../src/mail/mail.ts';
import { openDatabase } from '../../src/open-database.ts';
import { startPostgres } from '../../src/postgres.ts';
import type { Postgres } from '../../src/postgres.ts';

export type BackendOptions = {
	/** SQL that runs as `postgres`, like a migration. */
	schema?: string;
	/** As `[auth]` of config.toml; mails may follow each other at once. */
	auth?: AuthConfigInput;
	api?: NonNullable<ApiOptions['api']>;
};

export type Backend = {
	url: string;
	directory: string;
	keys: Keys;
	postgres: Postgres;
	api: Api;
	mails: Mail[];
	/** As the superuser. */
	sql: postgres.Sql;
	client(options?: ClientOptions): SupabaseClient;
	/** A second API on the same database; ends with the backend. */
	withAuth(auth: AuthConfigInput): Promise<Door>;
	/** A token as our functions mint it. */
	mint(claims: Record<string, unknown>, expiresIn?: string | number): Promise<string>;
	/** After `postgres.kill()` or `postgres.stop()`: the same data on the same port. */
	restartPostgres(): Promise<void>;
	stop(): Promise<void>;
};

/** The same users behind other settings of Auth. */
export type Door = Pick<Backend, 'url' | 'api' | 'mails' | 'client'> & {
	close: () => Promise<void>;
};

export type ClientOptions = { key?: string; token?: string; flow?: 'pkce' | 'implicit' };

export const siteUrl = 'http://localhost:5173';

/** A whole backend of its own on a free port: real Postgres, Data API, Auth and Storage. */
export async function startBackend(options: BackendOptions = {}): Promise<Backend> {
	const directory = await mkdtemp(path.join(os.tmpdir(), 'chatiq-'));
	const keys = await generateKeys();
	const passwords = keys.databasePasswords;
	const dataDirectory = path.join(directory, 'postgres');
	const boot = (port?: number) =>
		startPostgres({
			dataDirectory,
			durable: false,
			passwords,
			...(port !== undefined && { port })
		});
	const server = await boot();
	await bootstrap({ databaseUrl: server.url(), passwords });
	const first = await openApi(options, { keys, server, directory });
	const { url, api, mails } = first;
	const doors = [first];
	if (options.schema !== undefined) {
		await runAs(server.url('postgres'), options.schema);
		await api.reloadSchema();
	}
	const sql = openDatabase(server.url(), { max: 2 });
	const backend: Backend = {
		...{ url, directory, keys, postgres: server, api, mails, sql },
		client: first.client,
		async withAuth(auth) {
			const door = await openApi(
				{ ...options, auth },
				{ keys, server: backend.postgres, directory }
			);
			doors.push(door);
			return door;
		},
		mint: (claims, expiresIn = '1h') =>
			new SignJWT(claims)
				.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
				.setIssuedAt()
				.setExpirationTime(expiresIn)
				.sign(new TextEncoder().encode(keys.jwtSecret)),
		async restartPostgres() {
			backend.postgres = await boot(server.port);
		},
		async stop() {
			await sql.end({ timeout: 1 });
			for (const door of doors) await door.close();
			await backend.postgres.stop();
			await rm(directory, { recursive: true, force: true });
		}
	};
	return backend;
}

async function openApi(
	{ auth = {}, api: rest }: Pick<BackendOptions, 'auth' | 'api'>,
	{ keys, server, directory }: { keys: Keys; server: Postgres; directory: string }
): Promise<Door> {
	const mails: Mail[] = [];
	const http = createServer();
	http.listen(0, '127.0.0.1');
	await once(http, 'listening');
	const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
	const api = await startApi({
		...{ databaseUrl: server.url(), keys, siteUrl, publicUrl: url },
		storageDirectory: path.join(directory, 'storage'),
		onMail: (mail) => void mails.push(mail),
		auth: AuthConfig.parse({ ...auth, email: { max_frequency: '0s', ...auth.email } }),
		...(rest !== undefined && { api: rest })
	});
	const listener = getRequestListener((request, env) =>
		api.fetch(request, { peerAddress: (env as HttpBindings).incoming.socket.remoteAddress ?? null })
	);
	http.on('request', (request, response) => void listener(request, response));
	return {
		...{ url, api, mails },
		client: ({ key = keys.publishableKey, token, flow = 'implicit' } = {}) =>
			createClient(url, key, {
				auth: { persistSession: false, autoRefreshToken: false, flowType: flow },
				...(token !== undefined && { accessToken: () => Promise.resolve(token) })
			}),
		async close() {
			http.closeAllConnections();
			http.close();
			await api.close();
		}
	};
}

export async function readSchema(): Promise<string> {
	return readFile(new URL('./schema.sql', import.meta.url), 'utf8');
}

async function runAs(url: string, statements: string): Promise<void> {
	const sql = openDatabase(url, { max: 1 });
	try {
		await sql.unsafe(statements).simple();
	} finally {
		await sql.end();
	}
}
