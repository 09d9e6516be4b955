import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFunctions, type FunctionsServer } from './support/functions-server.ts';
import { createProject } from './support/project-fixture.ts';

const names = ['steady', 'loops', 'grows', 'rejects', 'killed', 'hangs', 'background', 'never'];
const project = createProject({
	'supabase/config.toml': names
		.map(
			(name) =>
				`[functions.${name}]\nverify_jwt = false\nentrypoint = "../functions/${name}/index.ts"\n`
		)
		.join(''),
	'functions/steady/index.ts': `export default { fetch: () => new Response('steady') };`,
	'functions/loops/index.ts': `
		export default { fetch(request: Request) {
			if (request.method === 'POST') for (;;);
			return new Response('well');
		} };`,
	'functions/grows/index.ts': `
		const kept: unknown[] = [];
		export default { fetch(request: Request) {
			if (request.method === 'POST') for (;;) kept.push(new Array(1000).fill(kept.length));
			return new Response('well');
		} };`,
	'functions/rejects/index.ts': `
		export default { async fetch(request: Request) {
			if (request.method === 'GET') return new Response('well');
			void Promise.reject(new Error('nobody waits'));
			await new Promise(() => {});
		} };`,
	'functions/killed/index.ts': `
		export default { async fetch(request: Request) {
			if (request.method === 'POST') { console.log('waiting'); await new Promise(() => {}); }
			return new Response('well');
		} };`,
	'functions/hangs/index.ts': `
		export default { fetch(request: Request) {
			if (request.method === 'POST') return new Promise(() => {});
			return new Response('well');
		} };`,
	'functions/background/index.ts': `
		addEventListener('beforeunload', (event) => console.log('leaving', (event as CustomEvent).detail.reason));
		export default { async fetch(request: Request) {
			if (request.method === 'PUT') EdgeRuntime.waitUntil(new Promise(() => {}));
			if (request.method === 'POST') EdgeRuntime.waitUntil((async () => {
				await new Promise((resolve) => setTimeout(resolve, 900));
				console.log('background work is done');
			})());
			return new Response('accepted');
		} };`,
	'functions/never/index.ts': `await new Promise(() => {});`
});
let server: FunctionsServer;
let url: string;

beforeAll(async () => {
	server = await serveFunctions(project.root, {
		limits: { memoryMb: 64, requestMs: 4_000, blockedMs: 2_000, wallClockMs: 6_000, idleMs: 600 }
	});
	({ url } = server);
});
afterAll(async () => {
	await server.close();
	project.remove();
});

const get = async (name: string) => (await fetch(`${url}/${name}`)).text();
const post = (name: string) => fetch(`${url}/${name}`, { method: 'POST', body: 'x' });
const logged = () => server.log.join('\n');

/** Asks another function all the time; answers the median of the times it took. */
async function steadyDuring(trouble: Promise<unknown>): Promise<number> {
	const state = { over: false };
	const times: number[] = [];
	void trouble.finally(() => (state.over = true)).catch(() => undefined);
	do {
		const startedAt = performance.now();
		expect(await get('steady')).toBe('steady');
		times.push(performance.now() - startedAt);
	} while (!state.over);
	return times.sort((one, other) => one - other)[times.length >> 1] ?? 0;
}

describe.concurrent('what one function does', () => {
	it.each([
		['loops', 546, 'WORKER_RESOURCE_LIMIT', 'its event loop stood still'],
		['grows', 546, 'WORKER_RESOURCE_LIMIT', 'out of memory'],
		['rejects', 500, 'WORKER_ERROR', 'nobody waits'],
		['hangs', 504, 'IDLE_TIMEOUT', '']
	])('%s: ends with %i and leaves the others alone', async (name, status, code, line) => {
		expect([await get(name), await get('steady')]).toEqual(['well', 'steady']);
		const trouble = post(name);
		// Held up by one of them, it would answer once in two seconds or more.
		expect(await steadyDuring(trouble)).toBeLessThan(1_000);
		const response = await trouble;
		expect([response.status, await response.json()]).toMatchObject([status, { code }]);
		expect(logged()).toContain(line);
		expect(await get(name)).toBe('well');
	});
});

it('answers the requests of a killed process and starts another', async () => {
	expect(await get('killed')).toBe('well');
	const before = server.functions.pid('killed') ?? 0;
	const waiting = post('killed');
	await expect.poll(logged).toContain('waiting');
	process.kill(before, 'SIGKILL');
	const response = await waiting;
	expect([response.status, await response.json()]).toMatchObject([500, { code: 'WORKER_ERROR' }]);
	expect(logged()).toContain('ended by SIGKILL');
	expect(await get('killed')).toBe('well');
	expect(server.functions.pid('killed')).not.toBe(before);
});

it('retires an idle process, but not before its background work is done', async () => {
	expect(await (await post('background')).text()).toBe('accepted');
	const before = server.functions.pid('background');
	await expect.poll(logged).toContain('leaving early_drop');
	expect(logged().indexOf('background work is done')).toBeGreaterThan(0);
	expect(logged().indexOf('background work is done')).toBeLessThan(
		logged().indexOf('leaving early_drop')
	);
	expect(await get('background')).toBe('accepted');
	expect(server.functions.pid('background')).not.toBe(before);
});

it('ends background work that outlasts the wall clock', async () => {
	await fetch(`${url}/background`, { method: 'PUT' });
	await expect.poll(logged, { timeout: 15_000 }).toContain('leaving wall_clock');
	expect(logged()).toContain('wall clock limit of 6 s reached');
});

it('runs no more processes than it may, and makes room by ending an idle one', async () => {
	const small = await serveFunctions(project.root, { limits: { workers: 1 } });
	const ask = async (name: string) => (await fetch(`${small.url}/${name}`)).text();
	expect(await ask('steady')).toBe('steady');
	expect(await ask('killed')).toBe('well');
	await expect.poll(() => small.functions.pid('steady')).toBeUndefined();
	const busy = httpRequest(`${small.url}/killed`, { method: 'POST' });
	busy.on('error', () => undefined);
	busy.end();
	await expect.poll(() => small.log.join('\n')).toContain('waiting');
	const refused = await fetch(`${small.url}/steady`);
	expect([refused.status, await refused.json()]).toMatchObject([
		546,
		{ code: 'WORKER_RESOURCE_LIMIT' }
	]);
	busy.destroy();
	await expect.poll(() => ask('steady')).toBe('steady');
	await small.close();
});

it('gives up on a function that never finishes starting', async () => {
	const small = await serveFunctions(project.root, { limits: { bootMs: 1_000 } });
	const response = await fetch(`${small.url}/never`);
	expect([response.status, await response.json()]).toMatchObject([503, { code: 'BOOT_ERROR' }]);
	await small.close();
});

it.skipIf(process.platform !== 'linux')(
	'leaves no looping process behind when the stack is killed',
	async () => {
		const script = join(import.meta.dirname, 'support/abandon-functions.ts');
		const parent = fork(script, [project.root], { execArgv: [], stdio: 'pipe' });
		const [line] = (await once(parent.stdout ?? parent, 'data')) as [Buffer];
		const pid = Number(line.toString());
		expect(existsSync(`/proc/${pid}`)).toBe(true);
		parent.kill('SIGKILL');
		await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
	}
);

it('is quick, cold and warm', async () => {
	const quick = await serveFunctions(project.root);
	const ask = async () => {
		const startedAt = performance.now();
		await (await fetch(`${quick.url}/steady`)).text();
		return performance.now() - startedAt;
	};
	const cold = await ask();
	const warm: number[] = [];
	for (let call = 0; call < 100; call++) warm.push(await ask());
	const median = warm.sort((one, other) => one - other)[50] ?? 0;
	console.log(`functions: cold ${cold.toFixed(0)} ms, warm p50 ${median.toFixed(2)} ms`);
	// By the same measure, so that a loaded machine does not fail this.
	expect(median).toBeLessThan(cold / 2);
	await quick.close();
});
