import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../src/postgres.ts';
import type { Postgres } from '../src/postgres.ts';
import { DatabaseServer } from '../src/stack/database-server.ts';

let directory: string;
let dataDirectory: string;
const running: Postgres[] = [];

beforeEach(async () => {
	directory = await mkdtemp(path.join(os.tmpdir(), 'chatiq-postgres-'));
	dataDirectory = path.join(directory, 'data');
});

afterEach(async () => {
	for (const server of running.splice(0)) await server.stop();
	await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startPostgres>[0]> = {}) {
	const server = await startPostgres({ dataDirectory, durable: false, ...options });
	running.push(server);
	return server;
}

async function query<Row extends object>(url: string, statement: string): Promise<Row[]> {
	const sql = postgres(url, { max: 1, onnotice: () => undefined });
	try {
		return [...(await sql.unsafe<Row[]>(statement))];
	} finally {
		await sql.end();
	}
}

describe('a new data directory', () => {
	it('holds a server for this machine only, ready for logical decoding', async () => {
		const server = await start();
		const [settings] = await query(
			server.url(),
			`select current_setting('listen_addresses') as address,
				current_setting('wal_level') as wal,
				current_setting('synchronous_commit') as synchronous_commit,
				current_setting('TimeZone') as zone,
				current_user as superuser`
		);
		expect(settings).toEqual({
			address: '127.0.0.1',
			wal: 'logical',
			synchronous_commit: 'on',
			zone: 'UTC',
			superuser: 'supabase_admin'
		});
	});

	it('compares letters of every language', async () => {
		const server = await start();
		const [row] = await query(server.url(), `select 'ПРИВІТ' ilike 'привіт' as same`);
		expect(row).toEqual({ same: true });
	});

	it('is safe against power loss unless told otherwise', async () => {
		const quick = await start();
		const [fast] = await query<{ fsync: string }>(quick.url(), 'show fsync');
		expect(fast?.fsync).toBe('off');
		await quick.stop();
		const safe = await start({ durable: true });
		const [row] = await query<{ fsync: string }>(safe.url(), 'show fsync');
		expect(row?.fsync).toBe('on');
	});

	it('waits for the disk from the moment when its first start has settled', async () => {
		const server = await start({ durable: true, settles: true });
		const safety = `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages`;
		expect(await query(server.url(), safety)).toEqual([{ fsync: 'off', pages: 'off' }]);
		await server.settle();
		expect(await query(server.url(), safety)).toEqual([{ fsync: 'on', pages: 'on' }]);
		await server.stop();
		const again = await start({ durable: true, settles: true });
		expect(await query(again.url(), safety)).toEqual([{ fsync: 'on', pages: 'on' }]);
	});

	it('is made anew when the first start was cut short, and kept when it was not', async () => {
		const note = 'create table public.notes ()';
		const there = `select to_regclass('public.notes') is not null as there`;
		const options = { dataDirectory, durable: true };
		const first = await start({ durable: true, settles: true });
		await query(first.url(), note);
		first.kill();
		await first.exited;
		const second = await DatabaseServer.start(options);
		expect(await query(second.url(), there)).toEqual([{ there: false }]);
		await query(second.url(), note);
		await second.settle();
		await second.stop();
		const third = await DatabaseServer.start(options);
		expect(await query(third.url(), there)).toEqual([{ there: true }]);
		await third.stop();
	});

	it('is closed to a wrong password', async () => {
		const server = await start({ passwords: { supabase_admin: 'p@ss/word' } });
		expect(await query(server.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
		const wrong = server.url().replace(encodeURIComponent('p@ss/word'), 'postgres');
		await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
	});

	it('takes settings of the caller', async () => {
		const server = await start({ settings: { max_connections: '17' } });
		expect(await query(server.url(), 'show max_connections')).toEqual([{ max_connections: '17' }]);
	});

	it('is made anew when the making of it was cut off', async () => {
		const unfinished = `${dataDirectory}.init-0badcafe`;
		await mkdir(path.join(unfinished, 'base'), { recursive: true });
		await writeFile(path.join(unfinished, 'PG_VERSION'), '17\n');
		const server = await start();
		expect(await query(server.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
		expect(await readdir(directory)).toEqual(['data']);
	});

	it('is not made where other files are', async () => {
		await mkdir(dataDirectory);
		await writeFile(path.join(dataDirectory, 'thesis.txt'), '');
		await expect(start()).rejects.toThrow('is not empty and not a Postgres data directory');
		expect(await readdir(dataDirectory)).toEqual(['thesis.txt']);
	});

	it.runIf(process.getuid?.() === 0)(
		'is reached by an ordinary user when we are root',
		async () => {
			await chmod(directory, 0o700);
			const lines: string[] = [];
			const server = await start({ log: (line) => lines.push(line) });
			expect((await stat(directory)).mode & 0o777).toBe(0o701);
			expect(lines.some((line) => line.startsWith(`added o+x to ${directory}`))).toBe(true);
			const pid = (await readFile(path.join(dataDirectory, 'postmaster.pid'), 'utf8')).split(
				'\n'
			)[0];
			const status = await readFile(`/proc/${pid ?? ''}/status`, 'utf8');
			expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
			expect(server.port).toBeGreaterThan(0);
		}
	);
});

describe('an existing data directory', () => {
	it('keeps its data over a stop', async () => {
		const first = await start();
		await query(first.url(), 'create table kept as select 42 as answer');
		await first.stop();
		expect(await first.exited).toBe(0);
		const second = await start();
		expect(await query(second.url(), 'select * from kept')).toEqual([{ answer: 42 }]);
	});

	it('keeps what was committed when the server is killed', async () => {
		const first = await start();
		await query(first.url(), 'create table kept as select 42 as answer');
		first.kill();
		expect(await first.exited).toBeNull();
		const second = await start();
		expect(await query(second.url(), 'select * from kept')).toEqual([{ answer: 42 }]);
	});

	it.skipIf(process.getuid?.() !== 0)('is served as the user who owns it', async () => {
		const first = await start();
		await first.stop();
		execFileSync('chown', ['-R', 'nobody', dataDirectory]);
		const owner = (await stat(dataDirectory)).uid;
		const again = await start();
		await query(again.url(), 'create table new_file as select 1 as n');
		expect((await stat(path.join(dataDirectory, 'postmaster.pid'))).uid).toBe(owner);
	});

	it('is taken over from a server whose supervisor was killed', async () => {
		const script = path.join(import.meta.dirname, 'support/abandon-postgres.ts');
		const supervisor = spawn(process.execPath, [script, dataDirectory], {
			stdio: ['ignore', 'pipe', 'inherit']
		});
		const [url] = (await once(createInterface(supervisor.stdout), 'line')) as [string];
		await query(url, 'create table kept as select 42 as answer');
		supervisor.kill('SIGKILL');
		await once(supervisor, 'exit');
		const lines: string[] = [];
		const server = await start({ log: (line) => lines.push(line) });
		expect(lines.some((line) => line.includes('left behind'))).toBe(true);
		expect(await query(server.url(), 'select * from kept')).toEqual([{ answer: 42 }]);
		await expect(query(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
	});

	it('is left to a server whose supervisor lives', async () => {
		const first = await start();
		await expect(start()).rejects.toThrow('is in use by Postgres');
		expect(await query(first.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
	});

	it('is opened although the pid in its lock file belongs to somebody else now', async () => {
		const first = await start();
		first.kill();
		await first.exited;
		const file = path.join(dataDirectory, 'postmaster.pid');
		const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
		await writeFile(file, [String(process.pid), ...rest].join('\n'));
		const second = await start();
		expect(await query(second.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
	});

	it('of another version is refused', async () => {
		await mkdir(path.join(dataDirectory, 'global'), { recursive: true });
		await writeFile(path.join(dataDirectory, 'PG_VERSION'), '15\n');
		await expect(start()).rejects.toThrow('was made by Postgres 15');
	});
});

describe('a port', () => {
	it('that is taken is named', async () => {
		const other = net.createServer().listen(0, '127.0.0.1');
		await once(other, 'listening');
		const { port } = other.address() as net.AddressInfo;
		try {
			await expect(start({ port })).rejects.toThrow(`Port ${port} is in use`);
		} finally {
			other.close();
		}
	});

	it('can be chosen', async () => {
		const first = await start();
		const { port } = first;
		await first.stop();
		const second = await start({ port });
		expect(second.port).toBe(port);
		expect(second.url('postgres', 'template1')).toContain(`@127.0.0.1:${port}/template1`);
	});
});
