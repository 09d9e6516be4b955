import { readFileSync } from 'node:fs';
import type postgres from 'postgres';

/**
 * Milliseconds of processor time that this process and the server have used: what a thing costs, however busy others keep
 * the machine. Null where the system does not tell (it is Linux that does).
 */
export class ProcessorTime {
	readonly #server: number | undefined;

	private constructor(server: number | undefined) {
		this.#server = server;
	}

	/** As the superuser, of a server on this machine. */
	static async of(sql: postgres.Sql): Promise<ProcessorTime> {
		const [row] = await sql<{ pid: string }[]>`
			select split_part(pg_read_file('postmaster.pid'), chr(10), 1) as pid`;
		return new ProcessorTime(process.platform === 'linux' && row ? Number(row.pid) : undefined);
	}

	/** Whoever is measured must live through it: the time of a backend that has ended is gone. */
	read(): { client: number; server: number } | null {
		if (this.#server === undefined) return null;
		const { user, system } = process.cpuUsage();
		const children = readFileSync(`/proc/${this.#server}/task/${this.#server}/children`, 'utf8');
		const server = children.trim().split(' ').map(timeOf);
		return { client: (user + system) / 1000, server: server.reduce((sum, ms) => sum + ms, 0) };
	}
}

function timeOf(pid: string): number {
	try {
		return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
	} catch {
		// Autovacuum comes and goes.
		return 0;
	}
}
