import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Supervisor } from '../../../scripts/supervisor.mjs';
import { startStack } from '../src/stack.ts';
import type { Status } from '../src/status/status.ts';
import { createProject } from './support/project-fixture.ts';
import { processesWith } from './support/stack-process.ts';

const project = createProject({
	'supabase/config.toml': 'project_id = "fixture"',
	'supabase/migrations/20260101000000_create_notes.sql':
		'create table public.notes (text text primary key);'
});
const data = join(project.root, 'data');
const started: ChildProcess[] = [];

afterEach(async () => {
	for (const child of started.splice(0)) child.kill('SIGTERM');
	await expect.poll(() => processesWith(project.root), { timeout: 20_000 }).toEqual([]);
});
afterAll(project.remove);

async function start(): Promise<{ child: ChildProcess; url: string; exit: Promise<unknown[]> }> {
	const main = join(import.meta.dirname, 'support/supervised-main.ts');
	const child = fork(main, [project.root, data], {
		execArgv: [],
		stdio: ['ignore', 'pipe', 'pipe', 'ipc']
	});
	started.push(child);
	const exit = once(child, 'exit');
	const url = await new Promise<string>((resolve, reject) => {
		child.on('message', (message: { type: string; url: string; message: string }) => {
			if (message.type === 'ready') resolve(message.url);
			if (message.type === 'failed') reject(new Error(message.message));
		});
		void exit.then(() => reject(new Error('ended before it was ready')));
	});
	return { child, url, exit };
}

function command(name: string, ...args: string[]): Promise<[code: number, output: string]> {
	const file = join(import.meta.dirname, `../src/commands/${name}.ts`);
	return new Promise((resolve) => {
		execFile(process.execPath, [file, '--data', data, ...args], (error, stdout, stderr) =>
			resolve([error ? (error.code as number) : 0, stdout + stderr])
		);
	});
}

const run = () =>
	JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as {
		pid: number;
		supervisor: { pid: number };
	};

describe('a stack under its supervisor', () => {
	it('comes back on its address when it is killed, and ends when it is told to', async () => {
		const { child, url, exit } = await start();
		expect(await command('status')).toEqual([0, expect.stringContaining('✓ postgres')]);
		const before = run();
		expect(before.supervisor.pid).toBe(child.pid);
		process.kill(before.pid, 'SIGKILL');
		await expect
			.poll(async () => (await fetch(`${url}/status.json`).catch(() => null))?.status, {
				timeout: 45_000
			})
			.toBe(200);
		expect(run().pid).not.toBe(before.pid);

		await expect(
			startStack({ root: project.root, dataDirectory: data, port: 0, durable: false })
		).rejects.toThrow(`already runs on this data: ${url} (PID ${run().pid})`);
		expect(await command('stop')).toEqual([0, expect.stringContaining('ChatIQ is stopped')]);
		expect(await exit).toEqual([0, null]);
		expect(processesWith(project.root)).toEqual([]);
		const log = readFileSync(join(data, 'logs/stack.log'), 'utf8').trimEnd().split('\n');
		const messages = log.map((line) => (JSON.parse(line) as { message: string }).message);
		expect(messages.filter((message) => message === `ready on ${url}`)).toHaveLength(2);
	}, 60_000);

	it('ends with a killed supervisor, and the next start takes over at once', async () => {
		const first = await start();
		first.child.kill('SIGKILL');
		const second = await start();
		expect((await fetch(`${second.url}/status.json`)).status).toBe(200);
		expect(run().supervisor.pid).toBe(second.child.pid);
	}, 60_000);

	it('is stopped by force when it hangs', async () => {
		const { child } = await start();
		process.kill(run().pid, 'SIGSTOP');
		const [code, output] = await command('stop', '--patience', '0.5');
		expect([code, output]).toEqual([0, expect.stringContaining('ending it by force')]);
		expect(child.killed || child.exitCode !== null || child.signalCode !== null).toBe(true);
	}, 60_000);
});

describe('npm run status', () => {
	it('tells every part, to programs as well, and no secrets', async () => {
		const { url } = await start();
		const [code, output] = await command('status', '--json');
		const status = JSON.parse(output) as Status;
		expect(code).toBe(0);
		expect(status).toMatchObject({
			running: true,
			ok: true,
			url,
			migrations: { applied: ['20260101000000'], pending: [] },
			parts: {
				postgres: { ok: true },
				api: { ok: true },
				realtime: { ok: true, detail: { replicating: true } },
				functions: { ok: true },
				storage: { ok: true }
			}
		});
		expect(status.bytes.database).toBeGreaterThan(1_000_000);
		const keys = readFileSync(join(data, 'keys.json'), 'utf8');
		const secrets = [...keys.matchAll(/"([\w.-]{20,})"/g)].map(([, value = '']) => value);
		expect(secrets.length).toBeGreaterThan(5);
		const page = await (await fetch(`${url}/status`)).text();
		expect(page).toContain('All parts are well');
		for (const secret of secrets) expect(output + page).not.toContain(secret);
	}, 60_000);

	it('is for this machine alone', async () => {
		const { url } = await start();
		for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }])
			expect((await fetch(`${url}/status.json`, { headers })).status).toBe(403);
		expect((await fetch(`${url}/status`, { method: 'POST' })).status).toBe(405);
		expect((await fetch(`${url}/status`)).headers.get('access-control-allow-origin')).toBeNull();
	}, 60_000);

	it('and stop say so when nothing runs, also beside a stale run file', async () => {
		expect(await command('status')).toEqual([3, expect.stringContaining('does not run')]);
		const stale = { pid: 1, started: 'long ago', port: 1, url: 'http://127.0.0.1:1' };
		writeFileSync(join(data, 'run.json'), JSON.stringify(stale));
		expect((await command('status', '--json'))[0]).toBe(3);
		expect(await command('stop')).toEqual([0, expect.stringContaining('does not run')]);
		expect(existsSync(join(data, 'postgres/postmaster.pid'))).toBe(false);
		expect((await command('status', '--jason'))[0]).toBe(2);
	});
});

describe('the supervisor', () => {
	/** Says that it is ready and dies. */
	const dying = join(project.root, 'dying.mjs');
	const ready = `{ type: 'ready', url: 'http://127.0.0.1:1234', shopUrl: '', publishableKey: '' }`;

	const supervise = (source: string) => {
		writeFileSync(dying, source);
		const warnings: string[] = [];
		const ports: string[] = [];
		const supervisor = new Supervisor({
			node: process.execPath,
			main: dying,
			args: [],
			port: 0,
			crashes: 3,
			firstDelayMs: 1,
			onMessage: (message) => ports.push(message.type),
			warn: (text) => warnings.push(text)
		});
		return { code: supervisor.run(), warnings, messages: ports };
	};

	it('gives up in words on a stack that does not stay up', async () => {
		const { code, warnings, messages } = supervise(`process.send(${ready}, () => process.exit(7))`);
		expect(await code).toBe(1);
		expect(messages).toEqual(['ready', 'ready', 'ready', 'ready']);
		expect(warnings.at(-1)).toContain(
			'does not stay up: 4 ends in a row, the last: ended with code 7'
		);
	});

	it('does not start again what could not start, or ended by itself', async () => {
		const failed = `process.send({ type: 'failed', message: 'Port 1 is busy' }, () => process.exit(1))`;
		const refused = supervise(failed);
		expect([await refused.code, refused.messages, refused.warnings]).toEqual([1, ['failed'], []]);
		const over = supervise(`process.send(${ready}, () => process.exit(0))`);
		expect([await over.code, over.messages, over.warnings]).toEqual([0, ['ready'], []]);
	});
});
