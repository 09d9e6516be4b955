import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** The wanted port belongs to somebody else; the message says to whom and what to do. */
export class PortBusy extends Error {
	readonly port: number;

	constructor(port: number) {
		const holder = findHolder(port);
		super(
			`Port ${port} is already in use${holder ? ` by ${holder}` : ''}.\n` +
				`Stop that process, or choose another port: npm start -- --port ${port === 54_400 ? 54_500 : 54_400}`
		);
		this.name = 'PortBusy';
		this.port = port;
	}
}

/**
 * Browsers try `localhost` as ::1 first. We listen on 127.0.0.1 only, so a foreign process on the
 * IPv6 side of the same port would answer in our place.
 */
export async function takenOnIpv6(port: number): Promise<boolean> {
	const socket = connect({ port, host: '::1', timeout: 500 });
	const { promise, resolve } = Promise.withResolvers<boolean>();
	socket.once('connect', () => resolve(true));
	for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
	const taken = await promise;
	socket.destroy();
	return taken;
}

/** "PID 12 (name and arguments)", from Linux's /proc; null where there is none or it is not ours to read. */
function findHolder(port: number): string | null {
	const sockets = new Set(
		['/proc/net/tcp', '/proc/net/tcp6']
			.flatMap((table) => readText(table).split('\n').slice(1))
			.map((line) => line.trim().split(/\s+/))
			.filter(([, local, , state]) => state === '0A' && portOf(local) === port)
			.map((columns) => `socket:[${columns[9] ?? ''}]`)
	);
	if (sockets.size === 0) return null;
	for (const pid of list('/proc').filter((name) => /^\d+$/.test(name)))
		for (const descriptor of list(`/proc/${pid}/fd`))
			if (sockets.has(target(`/proc/${pid}/fd/${descriptor}`))) return describe(pid);
	return null;
}

function portOf(address: string | undefined): number {
	return parseInt(address?.split(':')[1] ?? '', 16);
}

function describe(pid: string): string {
	const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
	return `PID ${pid}${command ? ` (${command.slice(0, 120)})` : ''}`;
}

// Processes come and go, and those of other users are closed to us: nothing found is an answer here.
function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

function list(path: string): string[] {
	try {
		return readdirSync(path);
	} catch {
		return [];
	}
}

function target(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}
