import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../src/bootstrap.ts';
import { startCron, type Cron } from '../src/cron.ts';
import { parseSchedule } from '../src/cron/schedule.ts';
import { openDatabase } from '../src/open-database.ts';
import { startPostgres, type Postgres } from '../src/postgres.ts';
import { openSessions, type Sessions } from '../src/sessions.ts';
import { probeCron } from '../src/status/probes.ts';

const directory = mkdtempSync(join(tmpdir(), 'stack-cron-'));
let server: Postgres;
let owner: postgres.Sql;
let superuser: postgres.Sql;
let sessions: Sessions;
let cron: Cron | null = null;
/** Noon of a Saturday, the last of the month, until a test says otherwise. */
let clock: number;

const boot = (port?: number) =>
	startPostgres({
		dataDirectory: join(directory, 'postgres'),
		durable: false,
		...(port === undefined ? {} : { port })
	});

beforeAll(async () => {
	server = await boot();
	await bootstrap({ databaseUrl: server.url() });
	owner = openDatabase(server.url('postgres'), { max: 1 });
	superuser = openDatabase(server.url(), { max: 1 });
	sessions = openSessions(server.url(), { name: 'test', max: 1 });
	await owner`create extension if not exists pg_cron with schema pg_catalog`;
	await owner`create table ran (what text, who text, at timestamptz default clock_timestamp())`;
	await superuser`grant usage on schema cron to service_role`;
	await superuser`grant execute on all functions in schema cron to service_role`;
	await superuser`grant all on cron._job to service_role`;
	await superuser`grant usage on all sequences in schema cron to service_role`;
	await superuser`grant all on ran to service_role`;
});
afterAll(async () => {
	await Promise.all([owner.end(), superuser.end(), sessions.close()]);
	await server.stop();
	rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
	clock = Date.UTC(2026, 9, 31, 12, 0, 0);
});
afterEach(async () => {
	await cron?.close();
	cron = null;
	await superuser`truncate cron.job, cron.job_run_details, ran`;
});

async function start(): Promise<void> {
	cron = startCron({
		urlOf: (role) => server.url(role),
		roles: ['postgres', 'supabase_admin'],
		now: () => new Date(clock),
		tickMs: 10
	});
	await expect
		.poll(
			() => superuser`select from pg_stat_activity where application_name = 'stack cron listener'`
		)
		.toHaveLength(1);
}
const forward = (ms: number) => (clock += ms);
const ran = async () => (await superuser`select what, who from ran order by at`).map((row) => row);
const details = async () => [
	...(await superuser<
		{ status: string; command: string; return_message: string; job_pid: number | null }[]
	>`
		select * from cron.job_run_details order by runid`)
];

async function schedule(name: string, when: string, command: string): Promise<void> {
	await owner`select cron.schedule(${name}, ${when}, ${command})`;
}

describe('a schedule', () => {
	const at = (text: string) => new Date(`${text}Z`);

	it.each([
		['* * * * *', '2026-11-21T14:07', '-'],
		['*/15 * * * *', '2026-11-21T14:45', '2026-11-21T14:46'],
		['0 12 $ * *', '2026-02-28T12:00', '2026-02-27T12:00'],
		['5,10-12 3 * * *', '2026-11-21T03:11', '2026-11-21T03:13'],
		['0 0 * feb mon', '2026-02-02T00:00', '2026-02-03T00:00'],
		['0 0 * * 7', '2026-11-22T00:00', '2026-11-21T00:00'],
		// Either day counts when both are given…
		['0 0 13 * 5', '2026-11-20T00:00', '2026-11-21T00:00'],
		['0 0 13 * 5', '2026-10-13T00:00', '2026-10-14T00:00'],
		// …both when one begins with a star.
		['0 0 */2 * 5', '2026-11-13T00:00', '2026-11-20T00:00'],
		['@hourly', '2026-11-21T14:00', '2026-11-21T14:01']
	])('%s is met at %s, not at %s', (text, yes, no) => {
		const parsed = parseSchedule(text);
		if (parsed.kind !== 'minutes') throw new Error('not a schedule of minutes');
		expect(parsed.matches(at(yes))).toBe(true);
		if (no !== '-') expect(parsed.matches(at(no))).toBe(false);
	});

	it.each([
		'* * * *',
		'60 * * * *',
		'* 24 * * *',
		'* * 0 * *',
		'5/2 * * * *',
		'60 seconds',
		'x',
		'* * * 13 *'
	])('%s is refused', async (text) => {
		await expect(owner`select cron.schedule(${text}, 'select 1')`).rejects.toThrow(
			`invalid schedule: ${text}`
		);
	});
});

it('runs a job in its minute, once, as the role that scheduled it', async () => {
	await start();
	await schedule('noon', '5 12 * * *', `insert into ran values ('noon', current_user)`);
	await superuser.begin(async (sql) => {
		await sql`set local role service_role`;
		await sql`select cron.schedule('mine', '5 12 * * sat',
			'insert into public.ran values (''mine'', current_user)')`;
	});
	await schedule('other', '6 13 * * *', `insert into ran values ('never', current_user)`);
	await schedule('seen', '4 12 * * *', 'select 1');
	await seen();
	forward(60_000);
	await expect.poll(async () => (await ran()).length).toBe(2);
	expect(await ran()).toEqual(
		expect.arrayContaining([
			{ what: 'noon', who: 'postgres' },
			{ what: 'mine', who: 'service_role' }
		])
	);
	forward(30_000);
	await expect
		.poll(details)
		.toContainEqual(
			expect.objectContaining({ status: 'succeeded', return_message: 'INSERT 0 1' }) as unknown
		);
	expect(await ran()).toHaveLength(2);
});

/** Turns the clock to 12:04 as often as it takes the scheduler to know the job `seen`. */
async function seen(): Promise<void> {
	await expect
		.poll(
			async () => {
				if ((await details()).length > 0) return true;
				clock =
					clock === Date.UTC(2026, 9, 31, 12, 4)
						? clock - 200 * 60_000
						: Date.UTC(2026, 9, 31, 12, 4);
				return false;
			},
			{ interval: 60 }
		)
		.toBe(true);
	clock = Date.UTC(2026, 9, 31, 12, 4, 30);
}

it('runs in intervals of seconds, and not again while it still runs', async () => {
	await start();
	await schedule('often', '2 seconds', `insert into ran values ('often')`);
	await expect
		.poll(async () => {
			forward(1_000);
			return (await ran()).length;
		})
		.toBeGreaterThan(2);
	await owner`select cron.unschedule('often')`;
	await schedule('slow', '1 second', 'select pg_sleep(30)');
	const slow = async () => (await details()).filter(({ command }) => command.includes('sleep'));
	await expect
		.poll(async () => {
			forward(1_000);
			return (await slow()).map(({ status }) => status);
		})
		.toEqual(['running']);
	forward(10_000);
	await owner`select pg_sleep(0.2)`;
	expect(await slow()).toHaveLength(1);
	expect((await slow())[0]?.job_pid).toBeGreaterThan(0);
});

it('makes up for one run that was due meanwhile, and for none that passed while nothing ran', async () => {
	await start();
	await schedule('seen', '4 12 * * *', 'select 1');
	await schedule('each', '* 13 * * *', `insert into ran values ('each'); select pg_sleep(0.4)`);
	await seen();
	// 13:00 is reached from 12:04 at once: the 56 minutes between are over.
	clock = Date.UTC(2026, 9, 31, 13, 0);
	await expect.poll(async () => (await ran()).length).toBe(1);
	forward(60_000);
	await owner`select pg_sleep(0.05)`;
	forward(60_000);
	await owner`select pg_sleep(0.05)`;
	forward(60_000);
	await expect.poll(async () => (await ran()).length).toBe(2);
	await expect
		.poll(async () => (await details()).filter(({ status }) => status === 'succeeded').length)
		.toBe(3);
	expect(await ran()).toHaveLength(2);
});

it('writes why a job failed', async () => {
	await start();
	await schedule('broken', '1 second', 'select 1 / 0');
	await expect
		.poll(async () => {
			forward(1_000);
			return details();
		})
		.toContainEqual(
			expect.objectContaining({
				status: 'failed',
				return_message: 'ERROR:  division by zero'
			}) as unknown
		);
	expect(await probeCron(sessions.sql)).toMatchObject({ ok: false, detail: { failing: 'broken' } });
});

it('alters, pauses and removes jobs, of their owner only', async () => {
	await schedule('a', '* * * * *', 'select 1');
	const [job] = await owner<{ jobid: string }[]>`select jobid::text from cron.job`;
	const id = job?.jobid ?? '';
	// The same name is the same job.
	await schedule('a', '1 * * * *', 'select 2');
	await owner`select cron.alter_job(${id}, active := false, command := 'select 3')`;
	expect(await owner`select schedule, command, active, username from cron.job`).toEqual([
		{ schedule: '1 * * * *', command: 'select 3', active: false, username: 'postgres' }
	]);
	await expect(
		superuser.begin(async (sql) => {
			await sql`set local role service_role`;
			await sql`select cron.unschedule(${id}::bigint)`;
		})
	).rejects.toThrow('must be owner of the job');
	await expect(
		owner`select cron.schedule_in_database('b', '* * * * *', 'x', 'postgres', 'supabase_admin')`
	).rejects.toThrow('must be superuser');
	await expect(
		owner`insert into cron.job (schedule, command) values ('* * * * *', 'x')`
	).rejects.toThrow('permission denied for table job');
	expect(await owner`select cron.unschedule('a')`).toEqual([{ unschedule: true }]);
	await expect(owner`select cron.unschedule('a')`).rejects.toThrow(
		`could not find valid entry for job 'a'`
	);
});

it('goes on after Postgres was killed, and says which run the crash ended', async () => {
	await start();
	await schedule('long', '1 second', 'select pg_sleep(60)');
	await expect
		.poll(async () => {
			forward(1_000);
			return (await details()).map(({ status }) => status);
		})
		.toEqual(['running']);
	const { port } = server;
	server.kill();
	await server.exited;
	server = await boot(port);
	await expect
		.poll(
			async () => {
				forward(1_000);
				return (await details().catch(() => [])).map(({ status }) => status);
			},
			{ timeout: 25_000 }
		)
		.toEqual(['failed', 'running']);
	// Which is no fault of the job.
	await superuser`delete from cron.job_run_details where status = 'running'`;
	expect(await probeCron(sessions.sql)).toMatchObject({ ok: true, detail: { failing: null } });
});
