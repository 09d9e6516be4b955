import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Functions } from '../functions.ts';
import type { Realtime } from '../realtime/server.ts';
import type { Sql } from '../sessions.ts';
import type { PartStatus, Probe } from './status.ts';

/** Far more than a stream that keeps up ever has outstanding. */
const lagBytes = 16 * 1024 * 1024;

export async function probePostgres(sql: Sql): Promise<PartStatus> {
	const [row] = await sql<{ pid: number; connections: number; since: string }[]>`
		select (select count(*)::int from pg_stat_activity where backend_type = 'client backend')
				as connections,
			split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int as pid,
			pg_postmaster_start_time()::text as since`;
	return { ok: true, detail: { pid: row?.pid ?? 0, connections: row?.connections ?? 0 } };
}

/** Asks as a client does: key, role, a row of the database. A project without that table answers 404, which is well too. */
export function probeApi(options: { url: string; secretKey: string }): Probe {
	return async () => {
		const startedAt = performance.now();
		const response = await fetch(`${options.url}/rest/v1/sites?select=id&limit=1`, {
			headers: { apikey: options.secretKey },
			signal: AbortSignal.timeout(3_000)
		});
		await response.arrayBuffer();
		const ms = Math.round(performance.now() - startedAt);
		return { ok: response.status < 500, detail: { status: response.status, ms } };
	};
}

export function probeRealtime(realtime: Pick<Realtime, 'stats'>): Probe {
	return async (sql) => {
		const [row] = await sql<{ lag: string | null }[]>`
			select max(pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn))::bigint::text as lag
			from pg_stat_replication where application_name = 'realtime_replication_connection'`;
		const { sockets, rooms, deliveries, replicating } = realtime.stats();
		const lag = row?.lag == null ? null : Math.max(0, Number(row.lag));
		const ok = replicating && lag !== null && lag < lagBytes;
		return { ok, detail: { replicating, lag_bytes: lag, sockets, rooms, deliveries } };
	};
}

/** Processes start with the first request, so none is warm in a stack that rests. */
export function probeFunctions(functions: Functions): Probe {
	return () => {
		const names = functions.names();
		const warm = names.filter((name) => functions.pid(name) !== undefined);
		return Promise.resolve({
			ok: true,
			detail: { functions: names.join(', '), warm: warm.length }
		});
	};
}

/** The door that functions and tests send mail through. */
export function probeMail(environment: { SMTP_HOST: string; SMTP_PORT: string }): Probe {
	return async () => {
		const { SMTP_HOST: host, SMTP_PORT: port } = environment;
		const socket = connect({ host, port: Number(port), timeout: 3_000 });
		socket.on('timeout', () => socket.destroy(new Error('the SMTP port does not answer')));
		try {
			await once(socket, 'connect');
		} finally {
			socket.destroy();
		}
		return { ok: true, detail: { smtp_port: Number(port) } };
	};
}

export function probeStorage(directory: string): Probe {
	return async (sql) => {
		const [row] = await sql<{ objects: number }[]>`
			select count(*)::int as objects from storage.objects`;
		// No folder yet: the first upload makes it.
		await access(directory, constants.W_OK).catch((error: unknown) => {
			if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
		});
		return { ok: true, detail: { objects: row?.objects ?? 0 } };
	};
}

/**
 * Jobs of the database, by the tables of pg_cron; a job whose last run failed is not well. A run that a
 * crash ended is no fault of the job, which may be due again tomorrow only: what failed says `ERROR`.
 */
export async function probeCron(sql: Sql): Promise<PartStatus> {
	const [there] = await sql<{ cron: boolean }[]>`select to_regclass('cron.job') is not null
		and to_regclass('cron.job_run_details') is not null as cron`;
	if (there?.cron !== true) return { ok: true, detail: { jobs: 0 } };
	const [row] = await sql<{ jobs: number; failing: string | null }[]>`
		select count(*)::int as jobs,
			string_agg(jobname, ', ') filter (where last.status = 'failed' and last.return_message like 'ERROR:%') as failing
		from cron.job left join lateral (
			select status, return_message from cron.job_run_details as run
			where run.jobid = job.jobid and run.end_time is not null order by run.runid desc limit 1
		) as last on true`;
	const failing = row?.failing ?? null;
	return { ok: failing === null, detail: { jobs: row?.jobs ?? 0, failing } };
}
