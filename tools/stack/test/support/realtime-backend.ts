import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { bootstrap } from '../../src/bootstrap.ts';
import { generateKeys } from '../../src/keys.ts';
import { openDatabase } from '../../src/open-database.ts';
import { startPostgres } from '../../src/postgres.ts';
import type { Postgres } from '../../src/postgres.ts';
import { installRealtime } from '../../src/realtime/install.ts';
import type { LogEntry, RealtimeLimits, RealtimeOptions } from '../../src/realtime/options.ts';
import { startRealtime } from '../../src/realtime/server.ts';
import type { Realtime } from '../../src/realtime/server.ts';
import { createVerifier } from '../../src/tokens.ts';

export interface RealtimeBackend {
	url: string;
	publishableKey: string;
	secretKey: string;
	anonJwt: string;
	realtime: Realtime;
	/** As the superuser. */
	sql: postgres.Sql;
	logs: LogEntry[];
	postgres: Postgres;
	token(claims: Record<string, unknown>, expiresInSeconds?: number): Promise<string>;
	/** Nothing that was signed before is good any more. */
	changeSecret(): Promise<void>;
	/** Ends the Realtime server, as a new version would, and starts it again on the same port. */
	restartRealtime(): Promise<void>;
	/** Stops Postgres at once and starts it again on the same port. */
	restartPostgres(whileDown?: () => Promise<void>): Promise<void>;
	/** Kills the whole server, as the system does when memory runs out, and starts it again. */
	crashPostgres(): Promise<void>;
	close(): Promise<void>;
}

/** A Postgres for several Realtime servers, one after the other. */
export interface Database {
	postgres: Postgres;
	dataDirectory: string;
	close(): Promise<void>;
}

export async function startDatabase(): Promise<Database> {
	const directory = await mkdtemp(path.join(tmpdir(), 'chatiq-realtime-'));
	const dataDirectory = path.join(directory, 'data');
	const started = await startPostgres({ dataDirectory, durable: false });
	await bootstrap({ databaseUrl: started.url() });
	await installRealtime(started.url());
	const database: Database = {
		postgres: started,
		dataDirectory,
		async close() {
			await database.postgres.stop();
			await rm(directory, { recursive: true, force: true });
		}
	};
	return database;
}

/** The Realtime server on a free port, with a Postgres of its own unless one is given. */
export async function startBackend(
	limits: Partial<RealtimeLimits> = {},
	{
		database: shared,
		privateOnly = false,
		verifyToken
	}: {
		database?: Database;
		privateOnly?: boolean;
		verifyToken?: RealtimeOptions['verifyToken'];
	} = {}
): Promise<RealtimeBackend> {
	const database = shared ?? (await startDatabase());
	const { port } = database.postgres;
	const databaseUrl = database.postgres.url();
	const restart = async (): Promise<void> => {
		const { dataDirectory } = database;
		database.postgres = await startPostgres({ dataDirectory, port, durable: false });
	};
	const keys = await generateKeys();
	const logs: LogEntry[] = [];
	const options: RealtimeOptions = {
		databaseUrl,
		verifyToken: verifyToken ?? ((token) => createVerifier(keys).verify(token)),
		apiKeys: new Map([
			[keys.publishableKey, 'anon'],
			[keys.secretKey, 'service_role']
		]),
		limits,
		privateOnly,
		log: (entry) => logs.push(entry)
	};
	let realtime = await startRealtime(options);
	const server = createServer((request, response) => void realtime.handle(request, response));
	server.on('upgrade', (request, socket, head) => realtime.upgrade(request, socket, head));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const sql = openDatabase(databaseUrl, { max: 6, connect_timeout: 2 });
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		publishableKey: keys.publishableKey,
		secretKey: keys.secretKey,
		anonJwt: keys.anonJwt,
		get realtime() {
			return realtime;
		},
		sql,
		logs,
		get postgres() {
			return database.postgres;
		},
		token: (claims, expiresInSeconds = 3600) =>
			new SignJWT({ exp: Math.floor(Date.now() / 1000) + expiresInSeconds, ...claims })
				.setProtectedHeader({ alg: 'HS256' })
				.sign(new TextEncoder().encode(keys.jwtSecret)),
		async changeSecret() {
			keys.jwtSecret = (await generateKeys()).jwtSecret;
		},
		async restartRealtime() {
			await realtime.close();
			realtime = await startRealtime(options);
		},
		async restartPostgres(whileDown) {
			await database.postgres.stop();
			await whileDown?.();
			await restart();
		},
		async crashPostgres() {
			database.postgres.kill();
			await database.postgres.exited;
			await restart();
		},
		async close() {
			await realtime.close();
			server.close();
			server.closeAllConnections();
			await sql.end({ timeout: 1 });
			if (!shared) await database.close();
		}
	};
}
