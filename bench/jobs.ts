/** The job engine on the whole stack: claims a second, what a full queue costs a send, time to the effect. */
import type { ClaimedJobs } from '@chatiq/contracts/jobs';
import { uuidv7 } from '@chatiq/contracts/ids';
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { connectService, connectSql, type Backend, type Client } from '../e2e/support/backend.ts';
import { startBackend } from '../e2e/support/stack.ts';
import { createTenant, type Tenant } from '../e2e/support/tenant.ts';
import { timeReplies } from './jobs/replies.ts';
import { timeWebhooks } from './jobs/webhook-cost.ts';
import { percentile, Report } from './report.ts';

const jobs = 20_000;
const waiting = 100_000;
const lines = 50;
const claimers = 4;
const sends = 100;
const rounds = 6;
const changes = 20;

const report = new Report();
const stack = await startBackend();
const { backend } = stack;
const sql = connectSql(backend);
try {
	const tenant = await createTenant(backend, sql, 'Bench');
	await liftLimits(sql, tenant);
	await measureEffect(tenant);
	await measureReplies(tenant);
	// From here on the worker of the stack must not help.
	await sql`delete from private.settings where key = 'functions_url'`;
	await sql`delete from private.jobs`;
	// Longer than a batch waits for what is due soon.
	await sleep(21_000);
	await measureClaims(connectService(backend));
	await measureSends(backend, tenant);
	await measureWebhooks(tenant);
} finally {
	await sql.end();
	await stack.close();
}
report.finish();

async function measureEffect({ site }: Tenant): Promise<void> {
	const file = `${backend.url}/storage/v1/object/public/site-files/${site.site_key}.json`;
	const times: number[] = [];
	// The first one starts the function.
	for (let n = 0; n <= changes; n++) {
		const color = `#${n.toString(16).padStart(6, '0')}`;
		const begin = performance.now();
		await sql`update public.widget_settings set primary_color = ${color} where site_id = ${site.id}`;
		// With a pause: this process is the stack's gateway too.
		while (!(await (await fetch(file)).text()).includes(color)) await sleep(3);
		times.push(performance.now() - begin);
	}
	const [first = NaN, ...warm] = times;
	report.add('settings → file, function not running', first, 'ms');
	report.add('settings → file, p50', percentile(warm, 0.5), 'ms');
	report.add('settings → file, p95', percentile(warm, 0.95), 'ms', { atMost: 1_000 });
}

async function measureReplies(tenant: Tenant): Promise<void> {
	const times = await timeReplies(sql, tenant);
	report.add('message → auto-reply on the socket, p50', percentile(times, 0.5), 'ms');
	report.add('message → auto-reply on the socket, p95', percentile(times, 0.95), 'ms', {
		atMost: 500
	});
}

async function measureWebhooks(tenant: Tenant): Promise<void> {
	const { client } = await tenant.addVisitor();
	await send(client, sends / 3);
	const times = await timeWebhooks(sql, tenant, () => send(client, sends));
	const without = percentile(times.without, 0.5);
	report.add('send, no trigger of webhooks, p50', without, 'ms');
	report.add('  with them, no webhook', percentile(times.none, 0.5) / without, '×', {
		atMost: 1.1
	});
	report.add('  with a webhook that hears of it', percentile(times.one, 0.5) / without, '×');
}

async function measureClaims(service: Client): Promise<void> {
	await sql`
		insert into public.organizations (id, name)
		select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Line ' || n from generate_series(1, ${lines}::integer) as n`;
	await insertJobs(jobs, 'now()');
	const begin = performance.now();
	const done = await Promise.all(Array.from({ length: claimers }, () => work(service)));
	const seconds = (performance.now() - begin) / 1_000;
	const all = done.flat();
	if (new Set(all).size !== jobs || all.length !== jobs)
		throw new Error('claimed twice, or not at all');
	report.add(`claimed and completed, ${lines} organisations`, jobs / seconds, 'jobs/s', {
		atLeast: 500
	});
}

async function work(service: Client): Promise<string[]> {
	const done: string[] = [];
	for (;;) {
		const { data } = await service.rpc('claim_jobs', { max_jobs: 50 }).throwOnError();
		const claimed = data as unknown as ClaimedJobs;
		const job_ids = claimed.jobs.map((job) => job.id);
		if (job_ids.length === 0) return done;
		const { lease_id } = claimed;
		await service.rpc('complete_jobs', { lease_id, job_ids }).throwOnError();
		done.push(...claimed.jobs.filter(({ kind }) => kind === 'spare').map(({ id }) => id));
	}
}

/** Each send begins a wait, so that it leaves a job behind as well. */
async function measureSends(backend: Backend, tenant: Tenant): Promise<void> {
	const { client } = await tenant.addVisitor();
	await send(client, sends / 3);
	const times: Record<'empty' | 'full', number[]> = { empty: [], full: [] };
	// In turns, and each time the other one first: what else this machine does falls on both, and so does what the
	// sends before have left behind.
	for (let round = 0; round < rounds; round++) {
		const order = ['empty', 'full'] as const;
		for (const state of round % 2 === 0 ? order : order.toReversed()) {
			await sql`delete from private.jobs`;
			if (state === 'full') await insertJobs(waiting, dueIn(round));
			await sql`vacuum analyze private.jobs`;
			times[state].push(...(await send(client, sends)));
		}
	}
	const [empty, full] = [percentile(times.empty, 0.5), percentile(times.full, 0.5)];
	report.add('send, no job waits, p50', empty, 'ms');
	report.add(`send, ${waiting.toLocaleString('en')} jobs wait, p50`, full, 'ms');
	report.add('  to the same without', full / empty, '×', { atMost: 1.1 });
}

/** Half of the rounds wait for later, half are due and nobody comes. */
function dueIn(round: number): string {
	return round % 4 < 2 ? "now() + interval '1 hour'" : 'now()';
}

async function send(client: Client, count: number): Promise<number[]> {
	const times: number[] = [];
	for (let n = 0; n < count; n++) {
		const begin = performance.now();
		await client
			.rpc('start_conversation', {
				conversation_id: uuidv7(),
				message_id: uuidv7(),
				body: 'Hello'
			})
			.throwOnError();
		times.push(performance.now() - begin);
	}
	return times;
}

function insertJobs(count: number, runAt: string): Promise<unknown> {
	return sql`
		insert into private.jobs (kind, organization_id, priority, run_at)
		select 'spare', ('00000000-0000-4000-8000-' || lpad((n % ${lines}::integer + 1)::text, 12, '0'))::uuid, n % 10, ${sql.unsafe(runAt)}
		from generate_series(1, ${count}::integer) as n`;
}

async function liftLimits(sql: postgres.Sql, { organization, site }: Tenant): Promise<void> {
	await sql`
		insert into public.rate_limits (organization_id, site_id, kind, scope, burst, per_minute)
		select ${organization}, ${site.id}, kind, scope, 100000, 100000
		from unnest(enum_range(null::public.limit_kind)) as kind, unnest(enum_range(null::public.limit_scope)) as scope
		where scope <> 'organization'`;
}
