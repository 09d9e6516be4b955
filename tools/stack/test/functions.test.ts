import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serveFunctions, token, type FunctionsServer } from './support/functions-server.ts';
import { createProject } from './support/project-fixture.ts';

const project = createProject({
	'supabase/config.toml': `
[functions.open]
verify_jwt = false
entrypoint = "../functions/open/index.ts"
[functions.closed]
entrypoint = "../functions/closed/index.ts"
[functions.served]
verify_jwt = false
entrypoint = "../functions/served/index.ts"
[functions.broken]
verify_jwt = false
entrypoint = "../functions/broken/index.ts"
[functions.missing]
verify_jwt = false
[functions.off]
enabled = false
entrypoint = "../functions/open/index.ts"
[functions.stream]
verify_jwt = false
entrypoint = "../functions/stream/index.ts"
`,
	'functions/.env':
		'WEBHOOK_TOKEN="from the file"\nVISITOR_SIGNING_KEY=not-this-one\nSUPABASE_MINE=reserved\n',
	'functions/open/index.ts': `
		import { greeting } from '../_shared/greeting.ts';
		export default {
			async fetch(request: Request) {
				const url = new URL(request.url);
				if (url.pathname.endsWith('/throws')) throw new Error('on purpose');
				if (url.pathname.endsWith('/exits')) Deno.exit(0);
				if (url.pathname.endsWith('/logs')) console.warn('careful', { token: Deno.env.get('WEBHOOK_TOKEN') });
				if (url.pathname.endsWith('/unavailable')) return new Response('mine', { status: 503 });
				if (url.pathname.endsWith('/reads')) await Deno.readTextFile(new URL('../../.chatiq/data/keys.json', import.meta.url));
				if (url.pathname.endsWith('/writes')) await Deno.writeTextFile('/tmp/never', 'x');
				if (url.pathname.endsWith('/runs')) await new Deno.Command('/bin/true').output();
				if (url.pathname.endsWith('/socket')) {
					const { socket, response } = Deno.upgradeWebSocket(request);
					socket.onmessage = ({ data }) => socket.send('echo: ' + data);
					return response;
				}
				return Response.json({
					greeting, method: request.method, path: url.pathname + url.search,
					body: await request.text(), headers: Object.fromEntries(request.headers), env: Deno.env.toObject()
				}, { status: 201, headers: { 'x-mine': 'kept' } });
			}
		};`,
	'functions/_shared/greeting.ts': `export const greeting = 'hello' as const;`,
	'functions/closed/index.ts': `export default { fetch: () => new Response('inside') };`,
	'functions/served/index.ts': `
		Deno.serve({ onListen() {} }, (request) => {
			if (request.url.endsWith('?chatter')) for (let n = 0; n < 3000; n++) console.log('chatter');
			return new Response('served');
		});`,
	'functions/broken/index.ts': `throw new Error('cannot be imported');`,
	'functions/unlisted/index.ts': `export default { fetch: () => new Response('never') };`,
	'functions/stream/index.ts': `
		export default {
			fetch(request: Request) {
				if (request.method === 'POST') return new Response(request.body);
				const mode = new URL(request.url).searchParams;
				if (mode.has('watched')) {
					request.signal.addEventListener('abort', () => console.log('the client left'));
					console.log('watching');
					return new Promise<Response>(() => {});
				}
				if (mode.has('endless'))
					return new Response(new ReadableStream({
						pull(controller) {
							console.log('chunk of a megabyte');
							controller.enqueue(new Uint8Array(1024 * 1024));
						}
					}));
				const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
				const writer = writable.getWriter();
				void writer.write(new TextEncoder().encode('first'));
				next = () => void writer.write(new TextEncoder().encode(' second')).then(() => writer.close());
				if (new URL(request.url).searchParams.has('continue')) { continued(); return new Response(); }
				continued = next;
				return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
			}
		};
		let next = () => {};
		let continued = () => {};`
});

let server: FunctionsServer;
let url: string;

beforeAll(async () => {
	server = await serveFunctions(project.root, {
		env: { SUPABASE_URL: 'http://127.0.0.1:54321', VISITOR_SIGNING_KEY: 'the stack decides' },
		logDirectory: join(project.root, 'logs')
	});
	({ url } = server);
});
afterAll(async () => {
	await server.close();
	project.remove();
});

interface Echo {
	greeting: string;
	method: string;
	path: string;
	body: string;
	headers: Record<string, string>;
	env: Record<string, string>;
}
async function echo(path: string, init?: RequestInit): Promise<Echo> {
	const response = await fetch(url + path, init);
	expect(response.status).toBe(201);
	return (await response.json()) as Echo;
}
it('passes method, path, query, body and headers on, and the answer back', async () => {
	const response = await fetch(`${url}/open/some/path?a=1&b=%20`, {
		method: 'PUT',
		body: 'тіло',
		headers: { 'x-theirs': 'kept' }
	});
	expect([response.status, response.headers.get('x-mine')]).toEqual([201, 'kept']);
	expect(response.headers.get('x-deno-execution-id')).toMatch(/^[\w-]{36}$/);
	expect(await response.json()).toMatchObject({
		greeting: 'hello',
		method: 'PUT',
		path: '/open/some/path?a=1&b=%20',
		body: 'тіло',
		headers: { 'x-theirs': 'kept' }
	});
});

it('gives functions the environment of a hosted project and nothing of ours', async () => {
	process.env['STACK_TEST_PRIVATE'] = 'developer';
	const { env } = await echo('/open');
	expect(env).toMatchObject({
		SUPABASE_URL: 'http://127.0.0.1:54321',
		WEBHOOK_TOKEN: 'from the file',
		VISITOR_SIGNING_KEY: 'the stack decides'
	});
	expect(Object.keys(env).sort()).toEqual([
		'DENO_DEPLOYMENT_ID',
		'SB_EXECUTION_ID',
		'SUPABASE_FUNCTION_SLUG',
		'SUPABASE_URL',
		'VISITOR_SIGNING_KEY',
		'WEBHOOK_TOKEN'
	]);
	expect(server.log.join('\n')).toContain('SUPABASE_MINE is ignored');
});

it('writes the peer address over whatever the client claims', async () => {
	const { headers } = await echo('/open', { headers: { 'x-forwarded-for': '203.0.113.9' } });
	expect(headers['x-forwarded-for']).toBe('127.0.0.1');
});

it('serves handlers that were registered by Deno.serve', async () => {
	expect(await (await fetch(`${url}/served`)).text()).toBe('served');
});

it.each([
	['no header', undefined, 'UNAUTHORIZED_NO_AUTH_HEADER', 'Missing authorization header'],
	['not a bearer', 'Basic abc', 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
	['a key', 'Bearer sb_publishable_x', 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format']
])('refuses %s where verify_jwt is on', async (_, authorization, code, message) => {
	const response = await fetch(
		`${url}/closed`,
		authorization ? { headers: { authorization } } : {}
	);
	expect(response.status).toBe(401);
	expect(response.headers.get('sb-error-code')).toBe(code);
	expect(await response.json()).toEqual({ code, message, msg: message });
});

it('refuses an expired token and lets a valid one in', async () => {
	const call = async (jwt: string) =>
		fetch(`${url}/closed`, { headers: { authorization: `Bearer ${jwt}` } });
	expect((await call(await token('-1 minute'))).status).toBe(401);
	expect(await (await call(await token('1 minute'))).text()).toBe('inside');
});

it('lets a preflight through without a token', async () => {
	const response = await fetch(`${url}/closed`, { method: 'OPTIONS' });
	expect([response.status, await response.text()]).toEqual([200, 'inside']);
});

it('keeps a function that cannot be imported to itself', async () => {
	for (const name of ['broken', 'missing']) {
		const response = await fetch(`${url}/${name}`);
		expect([response.status, await response.json()]).toEqual([
			503,
			{ code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }
		]);
	}
	await echo('/open');
	expect(server.log.join('\n')).toContain('cannot be imported');
});

it.each(['throws', 'exits'])('answers 500 when a function %s', async (how) => {
	const response = await fetch(`${url}/open/${how}`);
	expect(response.status).toBe(500);
	expect(await response.json()).toMatchObject({ code: 'WORKER_ERROR' });
	await echo('/open');
});

it('does not serve what is unknown, switched off or not in config.toml', async () => {
	for (const name of ['nowhere', 'off', 'unlisted', ''])
		expect((await fetch(`${url}/${name}`)).status).toBe(404);
	expect(server.log.join('\n')).toContain('functions/unlisted is not in supabase/config.toml');
});

it('streams the answer while the function still writes it', async () => {
	const response = await fetch(`${url}/stream`, { headers: { 'accept-encoding': 'gzip, br' } });
	if (!response.body) throw new Error('no body');
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	expect((await reader.read()).value).toBe('first');
	await fetch(`${url}/stream?continue`);
	expect((await reader.read()).value).toBe(' second');
	expect((await reader.read()).done).toBe(true);
});

it('streams the request while the client still writes it', async () => {
	const call = httpRequest(`${url}/stream`, { method: 'POST' });
	call.write('ping');
	const received = await new Promise<string>((resolve, reject) => {
		call.on('error', reject);
		call.on('response', (response) =>
			response.once('data', (chunk: Buffer) => {
				resolve(chunk.toString());
				call.end();
				response.resume();
			})
		);
	});
	expect(received).toBe('ping');
});

it('ends the request in the function when its client leaves', async () => {
	const call = httpRequest(`${url}/stream?watched`);
	call.on('error', () => undefined);
	call.end();
	await expect.poll(() => server.log.join('\n')).toContain('watching');
	call.destroy();
	await expect.poll(() => server.log.join('\n')).toContain('the client left');
});

it('does not read ahead of a client that does not read', async () => {
	const produced = () => server.log.filter((line) => line.includes('chunk of a megabyte')).length;
	const call = httpRequest(`${url}/stream?endless`, () => undefined);
	call.on('error', () => undefined);
	call.end();
	await expect.poll(produced).toBeGreaterThan(2);
	let before = 0;
	await expect.poll(() => before === (before = produced()), { interval: 300 }).toBe(true);
	expect(before).toBeLessThan(60);
	call.destroy();
});

it('passes WebSockets on', async () => {
	const socket = new WebSocket(`${url.replace('http', 'ws')}/open/socket`);
	const echoed = new Promise<string>((resolve, reject) => {
		socket.on('error', reject);
		socket.on('open', () => socket.send('ping'));
		socket.on('message', (message: Buffer) => resolve(message.toString()));
	});
	expect(await echoed).toBe('echo: ping');
	socket.close();
});

it('names request and function in its logs, and no secrets', async () => {
	const response = await fetch(`${url}/open/logs`);
	const id = response.headers.get('sb-request-id') ?? '';
	expect(id).toMatch(/^[\w-]{36}$/);
	const file = () => readFileSync(join(project.root, 'logs/open.log'), 'utf8');
	await expect.poll(file).toContain(`warning ${id} careful { token: '[secret]' }`);
	expect(server.log.join('\n')).toContain(`open ${id} warning: careful`);
	expect(file()).not.toContain('from the file');
});

it('drops the lines of a function that writes too many', async () => {
	expect((await fetch(`${url}/served?chatter`)).status).toBe(200);
	await expect.poll(() => server.log.join('\n')).toContain('served warning: too many lines');
	expect(server.log.filter((line) => line.includes('chatter'))).toHaveLength(1_000);
});

it('tells a function of 5xx by its own from ours', async () => {
	const response = await fetch(`${url}/open/unavailable`);
	expect([response.status, await response.text()]).toEqual([503, 'mine']);
	expect(response.headers.get('sb-error-code')).toBe('EDGE_FUNCTION_ERROR');
});

it('cannot read the keys of the stack, write files or start programs', async () => {
	project.write('.chatiq/data/keys.json', '{}');
	for (const [how, right] of [
		['reads', 'read'],
		['writes', 'write'],
		['runs', 'run']
	] as const) {
		expect((await fetch(`${url}/open/${how}`)).status).toBe(500);
		await expect.poll(() => server.log.join('\n')).toContain(`NotCapable: Requires ${right}`);
	}
});
