import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, realpathSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { allowEveryoneToRead, locateBinaries } from './postgres/binaries.ts';
import type { PostgresBinaries } from './postgres/binaries.ts';
import { ensureDataDirectory } from './postgres/data-directory.ts';
import { stopOrphan, supervisorSetting } from './postgres/orphan.ts';
import { isUnsettled, settle } from './postgres/settle.ts';
import { superuser } from './postgres/superuser.ts';
import { makeParentsTraversable, unprivilegedUser } from './postgres/unprivileged-user.ts';
import type { UnprivilegedUser } from './postgres/unprivileged-user.ts';

export type PostgresOptions = {
	dataDirectory: string;
	/** A free one is chosen when absent. */
	port?: number;
	/** Server settings that win over ours. */
	settings?: Record<string, string>;
	/** False trades crash safety of the machine (not of the process) for speed: tests only. */
	durable?: boolean;
	/** The caller fills a new cluster and then calls `settle`; until then it does not wait for the disk. */
	settles?: boolean;
	/** Passwords by role; a role that is not listed has "postgres", which suits tests only. */
	passwords?: Readonly<Partial<Record<string, string>>>;
	log?: (line: string) => void;
};

export type Postgres = {
	port: number;
	url(role?: string, database?: string): string;
	/** See `settles`; nothing to do for a cluster that is not new. */
	settle(): Promise<void>;
	/** Orderly shutdown; resolves when the process is gone. */
	stop(): Promise<void>;
	/** What a crash does. */
	kill(): void;
	exited: Promise<number | null>;
};

type Launch = {
	binaries: PostgresBinaries;
	directory: string;
	user: UnprivilegedUser | null;
	settings: Record<string, string>;
	log: (line: string) => void;
};

/** Boots the cluster in `dataDirectory`, creating it first when needed, and supervises it. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
	const log = options.log ?? (() => undefined);
	const directory = resolveDataDirectory(options.dataDirectory);
	const durable = options.durable ?? true;
	const passwordOf = (role: string) => options.passwords?.[role] ?? 'postgres';
	const binaries = locateBinaries();
	const user = unprivilegedUser(directory);
	if (user !== null) {
		makeParentsTraversable(directory, log);
		makeParentsTraversable(binaries.postgres, log);
		allowEveryoneToRead(binaries);
	}
	const password = passwordOf(superuser);
	await stopOrphan(directory, log);
	const later = options.settles === true ? 'later' : 'now';
	const sync = durable ? later : 'never';
	await ensureDataDirectory({ directory, binaries, user, superuser, password, sync, log });
	const settings = {
		...serverSettings,
		...(!isUnsettled(directory) && safety(durable)),
		...options.settings
	};
	const launch = { binaries, directory, user, settings, log };
	const { child, port } = await launchOn(options.port, launch);
	const url = (role = superuser, database = 'postgres') => {
		const credentials = `${encodeURIComponent(role)}:${encodeURIComponent(passwordOf(role))}`;
		return `postgres://${credentials}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
	};
	return {
		...supervise(child),
		...{ port, url },
		settle: () => settle({ directory, binaries, user, url: url() })
	};
}

/** Without symbolic links, so that parents are the real ones and one cluster has one name. */
function resolveDataDirectory(dataDirectory: string): string {
	const parent = path.dirname(path.resolve(dataDirectory));
	mkdirSync(parent, { recursive: true });
	return path.join(realpathSync(parent), path.basename(dataDirectory));
}

const serverSettings: Record<string, string> = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	max_connections: '100',
	shared_buffers: '128MB',
	wal_level: 'logical',
	// Realtime reads what it missed in the order of commits.
	track_commit_timestamp: 'on',
	max_wal_senders: '10',
	max_replication_slots: '10',
	// Off, logical decoding would see a commit only with the next WAL flush: 135 ms late.
	synchronous_commit: 'on',
	TimeZone: 'UTC',
	log_timezone: 'UTC',
	lc_messages: 'C',
	[supervisorSetting]: String(process.pid)
};

function safety(durable: boolean): Record<string, string> {
	const value = durable ? 'on' : 'off';
	return { fsync: value, full_page_writes: value };
}

async function launchOn(port: number | undefined, launch: Launch) {
	if (port !== undefined) return { port, child: await launchServer(port, launch) };
	for (let attempt = 1; ; attempt++) {
		const free = await freePort();
		try {
			return { port: free, child: await launchServer(free, launch) };
		} catch (error) {
			// Between our look and the server's bind another process may take the port.
			if (!(error instanceof LaunchError) || !error.portTaken || attempt === 5) throw error;
		}
	}
}

class LaunchError extends Error {
	readonly portTaken: boolean;
	/** Backends of a killed postmaster need a moment to notice and leave. */
	readonly previousServerEnding: boolean;

	constructor(port: number, code: number | null, output: string) {
		const portTaken = output.includes('could not bind');
		const reason = portTaken ? `Port ${port} is in use` : `it ended with code ${code}`;
		super(`Postgres did not start: ${reason}.\n${output.trim()}`);
		this.portTaken = portTaken;
		this.previousServerEnding = output.includes('pre-existing shared memory block');
	}
}

async function launchServer(port: number, launch: Launch): Promise<ChildProcess> {
	const deadline = Date.now() + 10_000;
	for (;;) {
		try {
			return await spawnServer(port, launch);
		} catch (error) {
			const retry = error instanceof LaunchError && error.previousServerEnding;
			if (!retry || Date.now() > deadline) throw error;
			await sleep(100);
		}
	}
}

async function spawnServer(port: number, launch: Launch): Promise<ChildProcess> {
	const { binaries, directory, user, settings, log } = launch;
	const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const child = spawn(binaries.postgres, ['-D', directory, '-p', String(port), ...flags], {
		...(user !== null && { uid: user.uid, gid: user.gid }),
		stdio: ['ignore', 'ignore', 'pipe'],
		cwd: path.parse(directory).root,
		// In its own process group Ctrl-C reaches only us, and we stop it last.
		detached: process.platform !== 'win32',
		env: { ...process.env, LC_ALL: 'C' }
	});
	let output = '';
	const ready = Promise.withResolvers<undefined>();
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
		output = (output + chunk).slice(-8_000);
		log(chunk.trimEnd());
		if (output.includes('database system is ready to accept connections')) ready.resolve(undefined);
	});
	child.once('error', ready.reject);
	// 'close' comes after the last line of output, 'exit' may not.
	child.once('close', (code) => ready.reject(new LaunchError(port, code, output)));
	await ready.promise;
	return child;
}

function supervise(child: ChildProcess): Pick<Postgres, 'stop' | 'kill' | 'exited'> {
	const interrupt = () => void child.kill('SIGINT');
	process.once('exit', interrupt);
	const exited = once(child, 'exit').then(([code]) => {
		process.off('exit', interrupt);
		return code as number | null;
	});
	return {
		exited,
		kill: () => void child.kill('SIGKILL'),
		async stop() {
			interrupt();
			// A session that does not answer must not keep the stack from ending.
			const impatient = setTimeout(() => child.kill('SIGQUIT'), 10_000);
			await exited;
			clearTimeout(impatient);
		}
	};
}

async function freePort(): Promise<number> {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as net.AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
