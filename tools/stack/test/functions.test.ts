import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFunctions, type Functions } from '../src/functions.ts';
import { createProject } from './support/project-fixture.ts';

const key = new TextEncoder().encode('a secret that only this test file knows about');
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
	'functions/.env': 'WEBHOOK_TOKEN="from the file"\nVISITOR_SIGNING_KEY=not-this-one\n',
	'functions/open/index.ts': `
		import { greeting } from '../_shared/greeting.ts';
		export default {
			async fetch(request: Request) {
				const url = new URL(request.url);
				if (url.pathname.endsWith('/throws')) throw new Error('on purpose');
				if (url.pathname.endsWith('/exits')) Deno.exit(0);
				if (url.pathname.endsWith('/leaks')) { void Promise.reject(new Error('nobody waits')); setTimeout(() => { throw new Error('late'); }); }
				if (url.pathname.endsWith('/writes')) await Deno.writeTextFile('/tmp/never', 'x');
				return Response.json({
					greeting, method: request.method, path: url.pathname + url.search,
					body: await request.text(), headers: Object.fromEntries(request.headers), env: Deno.env.toObject()
				}, { status: 201, headers: { 'x-mine': 'kept' } });
			}
		};`,
	'functions/_shared/greeting.ts': `export const greeting = 'hello' as const;`,
	'functions/closed/index.ts': `export default { fetch: () => new Response('inside') };`,
	'functions/served/index.ts': `Deno.serve({ onListen() {} }, () => new Response('served'));`,
	'functions/broken/index.ts': `throw new Error('cannot be imported');`,
	'functions/unlisted/index.ts': `export default { fetch: () => new Response('never') };`,
	'functions/stream/index.ts': `
		export default {
			fetch(request: Request) {
				if (request.method === 'POST') return new Response(request.body);
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

const log: string[] = [];
let functions: Functions;
let server: Server;
let url: string;

beforeAll(async () => {
	functions = startFunctions({
		root: project.root,
		env: { SUPABASE_URL: 'http://127.0.0.1:54321', VISITOR_SIGNING_KEY: 'the stack decides' },
		verifyToken: (token) => jwtVerify(token, key),
		log: (line) => log.push(line)
	});
	server = createServer(functions.handle);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/functions/v1`;
});
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await functions.close();
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
async function token(expiresAt: string): Promise<string> {
	return new SignJWT({ role: 'authenticated' })
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime(expiresAt)
		.sign(key);
}

it('passes method, path, query, body and headers on, and the answer back', async () => {
	const response = await fetch(`${url}/open/some/path?a=1&b=%20`, {
		method: 'PUT',
		body: 'тіло',
		headers: { 'x-theirs': 'kept' }
	});
	expect([response.status, response.headers.get('x-mine')]).toEqual([201, 'kept']);
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
	expect(env).not.toHaveProperty('STACK_TEST_PRIVATE');
});

it('writes the peer address over whatever the client claims', async () => {
	const { headers } = await echo('/open', { headers: { 'x-forwarded-for': '203.0.113.9' } });
	expect(headers['x-forwarded-for']).toBe('127.0.0.1');
});

it('serves handlers that were registered by Deno.serve', async () => {
	expect(await (await fetch(`${url}/served`)).text()).toBe('served');
});

it.each([
	['no header', undefined, 'Missing authorization header'],
	['not a bearer', 'Basic abc', 'Invalid JWT'],
	['a publishable key', 'Bearer sb_publishable_x', 'Invalid JWT']
])('refuses %s where verify_jwt is on', async (_, authorization, message) => {
	const response = await fetch(
		`${url}/closed`,
		authorization ? { headers: { authorization } } : {}
	);
	expect(response.status).toBe(401);
	expect(await response.json()).toEqual({ code: 401, message });
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
			{ code: 'BOOT_ERROR', message: 'Worker failed to boot (please check logs)' }
		]);
	}
	await echo('/open');
	expect(log.join('\n')).toContain('cannot be imported');
});

it.each(['throws', 'exits', 'writes'])('answers 500 when a function %s', async (how) => {
	const response = await fetch(`${url}/open/${how}`);
	expect(response.status).toBe(500);
	expect(await response.json()).toMatchObject({ code: 'WORKER_ERROR' });
	await echo('/open');
});

it('survives what a function leaves behind', async () => {
	const before = functions.pid();
	await echo('/open/leaks');
	await expect.poll(() => log.join('\n')).toContain('late');
	await echo('/open');
	expect(functions.pid()).toBe(before);
});

it('does not serve what is unknown, switched off or not in config.toml', async () => {
	for (const name of ['nowhere', 'off', 'unlisted', ''])
		expect((await fetch(`${url}/${name}`)).status).toBe(404);
	expect(log.join('\n')).toContain('functions/unlisted is not in supabase/config.toml');
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

it('starts Deno again when it dies, and requests wait for it', async () => {
	await functions.ready();
	const before = functions.pid() ?? 0;
	expect(before).toBeGreaterThan(0);
	process.kill(before, 'SIGKILL');
	await expect.poll(() => log.join('\n')).toContain('ended by SIGKILL');
	await echo('/open');
	expect(functions.pid()).not.toBe(before);
});
