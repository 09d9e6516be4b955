/** Measures the whole local stack as `npm start` boots it: starts, Data API, Realtime. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import postgres from 'postgres';
import { locateBinaries } from '../tools/stack/src/postgres/binaries.ts';
import { templateFile } from '../tools/stack/src/postgres/cluster-template.ts';
import { superuser } from '../tools/stack/src/postgres/superuser.ts';
import { startStack } from '../tools/stack/src/stack.ts';
import type { Stack } from '../tools/stack/src/stack.ts';
import { measureRealtime } from './realtime.ts';
import { percentile, Report } from './report.ts';
import type { RestLoad } from './rest-load.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = await mkdtemp(path.join(tmpdir(), 'chatiq-bench-'));
const report = new Report();

try {
	// What `npm install` has prepared is taken away, so this start makes and keeps it.
	await rm(templateFile({ binaries: locateBinaries(), superuser }), { force: true });
	report.add('first start of all, nothing prepared', (await coldStart('first')) / 1_000, 's');
	const cold = [];
	for (const name of ['second', 'third', 'data']) cold.push((await coldStart(name)) / 1_000);
	report.add('cold start, median of 3', percentile(cold, 0.5), 's', { atMost: 3 });
	report.add('cold start, slowest of 3', Math.max(...cold), 's');
	const warm = await timed(() => start('data'));
	report.add('warm start', warm.ms / 1_000, 's', { atMost: 1 });
	try {
		await measureRest(warm.result);
	} finally {
		await warm.result.close();
	}
} finally {
	await rm(directory, { recursive: true, force: true });
}
const { commitToClient, fanOut } = await measureRealtime({ subscribers: [500], durable: true });
report.add('commit → client, p50', commitToClient.p50, 'ms');
report.add('commit → client, p95', commitToClient.p95, 'ms', { atMost: 10 });
report.add('500 subscribers', fanOut[0]?.deliveriesPerSecond ?? NaN, 'deliveries/s', {
	atLeast: 30_000
});
report.finish();

function start(name: string): Promise<Stack> {
	const dataDirectory = path.join(directory, name);
	return startStack({ root, dataDirectory, port: 0, serve: { console: false } });
}

/**
 * On new data, in ms. Nothing is deleted in between: for some seconds after a thousand files were,
 * some file systems make new ones three times slower.
 */
async function coldStart(name: string): Promise<number> {
	const { result, ms } = await timed(() => start(name));
	await result.close();
	return ms;
}

/** One row of a member's hundred, picked by row-level security, at 32 connections. */
async function measureRest(stack: Stack): Promise<void> {
	const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => undefined });
	const userId = crypto.randomUUID();
	await sql.unsafe(`
		create table public.bench_notes (
			id int primary key, owner_id uuid not null, body text not null
		);
		alter table public.bench_notes enable row level security;
		create policy "owners read" on public.bench_notes for select to authenticated
			using (owner_id = (select auth.uid()));
		grant select on public.bench_notes to authenticated;
		insert into public.bench_notes
			select n, case when n % 10 = 0 then '${userId}'::uuid else gen_random_uuid() end, 'note ' || n
			from generate_series(1, 1000) as n;`);
	await sql.end();
	const token = await new SignJWT({ role: 'authenticated', sub: userId })
		.setProtectedHeader({ alg: 'HS256' })
		.setIssuedAt()
		.setExpirationTime('1h')
		.sign(new TextEncoder().encode(stack.keys.jwtSecret));
	const url = `${stack.url}/rest/v1/bench_notes?select=id,body&id=eq.500`;
	const load = await loadFrom([url, stack.keys.publishableKey, token, '32', '5']);
	if (load.failed > 0) throw new Error(`${load.failed} requests failed`);
	report.add('RLS select, 32 connections', load.requestsPerSecond, 'req/s', { atLeast: 1_000 });
	report.add('RLS select, 32 connections, p50', load.p50, 'ms');
	report.add('RLS select, 32 connections, p95', load.p95, 'ms');
	const alone = await loadFrom([url, stack.keys.publishableKey, token, '1', '2']);
	report.add('RLS select, 1 connection, p50', alone.p50, 'ms');
}

async function loadFrom(given: string[]): Promise<RestLoad> {
	const child = fork(new URL('./rest-load.ts', import.meta.url), given);
	const [load] = (await once(child, 'message')) as [RestLoad];
	return load;
}

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; ms: number }> {
	const begin = performance.now();
	const result = await run();
	return { result, ms: performance.now() - begin };
}
