import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bootstrap } from '../src/bootstrap.ts';
import { installNet, startNet, type Net } from '../src/net.ts';
import { openDatabase } from '../src/open-database.ts';
import { startPostgres, type Postgres } from '../src/postgres.ts';

interface Received {
	method: string | undefined;
	url: string | undefined;
	headers: IncomingMessage['headers'];
	body: string;
}

const directory = mkdtempSync(join(tmpdir(), 'stack-net-'));
let server: Postgres;
let superuser: postgres.Sql;
let owner: postgres.Sql;
let receiver: Server;
let url: string;
let received: Received[];
let respond: (response: ServerResponse) => void;
let net: Net | null = null;

beforeAll(async () => {
	server = await startPostgres({ dataDirectory: join(directory, 'postgres'), durable: false });
	await bootstrap({ databaseUrl: server.url() });
	// Every start of the stack installs it again.
	await installNet(server.url());
	await installNet(server.url());
	superuser = openDatabase(server.url(), { max: 1 });
	owner = openDatabase(server.url('postgres'), { max: 1 });
	receiver = createServer((request, response) => void receive(request, response));
	receiver.listen(0, '127.0.0.1');
	await once(receiver, 'listening');
	url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
	receiver.closeAllConnections();
	receiver.close();
	await Promise.all([owner.end(), superuser.end()]);
	await server.stop();
	rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
	received = [];
	respond = (response) => response.end('ok');
});
afterEach(async () => {
	await net?.close();
	net = null;
	await superuser`truncate net.http_request_queue, net._http_response`;
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
	let body = '';
	for await (const chunk of request) body += String(chunk);
	received.push({ method: request.method, url: request.url, headers: request.headers, body });
	respond(response);
}

/** No sweep within a test: what arrives was woken by the commit. */
function start(sweepMs = 3_600_000): void {
	net = startNet({ databaseUrl: server.url(), sweepMs });
}

const outcome = async (id: string | undefined) =>
	(await superuser`select * from net._http_response where id = ${id ?? ''}`)[0];
const queued = async () => (await superuser`select from net.http_request_queue`).count;

async function post(sql: postgres.ISql, path: string, timeoutMs = 5_000): Promise<string> {
	const [row] = await sql<{ id: string }[]>`
		select net.http_post(
			url := ${url + path}, body := '{"text": "Привіт"}', params := '{"a b": "ц&="}',
			headers := '{"authorization": "Bearer x"}', timeout_milliseconds := ${timeoutMs}
		)::text as id`;
	return row?.id ?? '';
}

it('posts JSON with parameters and headers, and keeps the answer', async () => {
	respond = (response) => response.writeHead(201, { 'x-a': '1' }).end('made');
	start();
	const id = await post(owner, '/hook');
	await expect
		.poll(() => outcome(id))
		.toMatchObject({
			status_code: 201,
			content: 'made',
			timed_out: false,
			error_msg: null,
			headers: { 'x-a': '1' }
		});
	expect(received).toMatchObject([
		{ method: 'POST', url: '/hook?a%20b=%D1%86%26%3D', body: '{"text": "Привіт"}' }
	]);
	expect(received[0]?.headers).toMatchObject({
		authorization: 'Bearer x',
		'content-type': 'application/json'
	});
	expect(await queued()).toBe(0);
});

it('gets', async () => {
	start();
	await owner`select net.http_get(${`${url}/get?x=1`}, '{"y": 2}')`;
	await expect.poll(() => received).toMatchObject([{ method: 'GET', url: '/get?x=1&y=2' }]);
});

it('deletes, with a body when there is one', async () => {
	start();
	await owner`select net.http_delete(${`${url}/gone`}, '{"a": 1}')`;
	await owner`select net.http_delete(${`${url}/body`}, body := '{"b": 2}')`;
	await expect.poll(() => received.length).toBe(2);
	expect(received.sort((one, other) => one.body.length - other.body.length)).toMatchObject([
		{ method: 'DELETE', url: '/gone?a=1', body: '' },
		{ method: 'DELETE', url: '/body', body: '{"b": 2}' }
	]);
});

it('collects an answer, says what is pending and why a request failed', async () => {
	const collect = async (id: string) =>
		(
			await owner`select (c).status, (c).message, ((c).response).body, ((c).response).status_code
				from net._http_collect_response(${id}, true) as c`
		)[0];
	const id = await post(owner, '/collected');
	expect(await collect(id)).toMatchObject({ status: 'PENDING' });
	expect(await collect('999999')).toMatchObject({ status: 'ERROR', status_code: null });
	await expect(owner`select net.check_worker_is_up()`).rejects.toThrow('worker is not up');
	start();
	await owner`select net._http_collect_response(${id}, async := false)`;
	expect(await collect(id)).toEqual({
		status: 'SUCCESS',
		message: 'ok',
		body: 'ok',
		status_code: 200
	});
	await owner`select net.check_worker_is_up()`;
	expect(await owner`select net.worker_restart()`).toEqual([{ worker_restart: true }]);
});

it('keeps what an older stack, without the extension, had queued', async () => {
	await superuser`drop extension pg_net cascade`;
	await superuser.unsafe(`
		create schema net;
		create table net.http_request_queue (
			id bigint primary key generated always as identity, method text not null, url text not null,
			headers jsonb, body bytea, timeout_milliseconds integer not null
		);
		create table net._http_response (id bigint primary key);`);
	await superuser`
		insert into net.http_request_queue (method, url, timeout_milliseconds)
		values ('GET', ${`${url}/old`}, 5000)`;
	await installNet(server.url());
	start();
	await expect.poll(() => received).toMatchObject([{ method: 'GET', url: '/old' }]);
});

it('sends after the commit, and nothing after a rollback', async () => {
	start();
	const rolledBack = owner.begin(async (sql) => {
		await post(sql, '/never');
		throw new Error('changed my mind');
	});
	await expect(rolledBack).rejects.toThrow('changed my mind');
	await owner.begin(async (sql) => {
		await post(sql, '/first');
		await sql`select pg_sleep(0.2)`;
		expect(received).toEqual([]);
	});
	await expect.poll(() => received.length).toBe(1);
	expect(received[0]?.url).toMatch(/^\/first/);
});

it('sends a burst, each request once', async () => {
	start();
	await owner`select net.http_post(${url} || '/' || n) from generate_series(1, 300) as n`;
	await expect.poll(queued).toBe(0);
	const urls = received.map((request) => request.url);
	expect([urls.length, new Set(urls).size]).toEqual([300, 300]);
});

it('records a timeout, an unreachable receiver and a port that fetch refuses as answers', async () => {
	respond = () => undefined;
	start();
	const late = await post(owner, '/late', 100);
	const closed = createServer().listen(0, '127.0.0.1');
	await once(closed, 'listening');
	const { port } = closed.address() as AddressInfo;
	await new Promise((resolve) => closed.close(resolve));
	const [gone, refused] = await owner<{ id: string }[]>`
		select net.http_get(url)::text as id
		from unnest(array[${`http://127.0.0.1:${port}/`}, 'http://127.0.0.1:25/']) as url`;
	await expect.poll(() => outcome(late)).toMatchObject({ timed_out: true, status_code: null });
	await expect
		.poll(() => outcome(gone?.id))
		.toMatchObject({
			timed_out: false,
			error_msg: expect.stringContaining('ECONNREFUSED') as string
		});
	await expect
		.poll(() => outcome(refused?.id))
		.toMatchObject({ error_msg: 'fetch failed: bad port' });
});

it('keeps a request over a restart until it is sent', async () => {
	const before = await post(owner, '/before');
	start();
	await expect.poll(() => outcome(before)).toMatchObject({ status_code: 200 });
	// Cut short: the receiver holds the answer back while the stack ends.
	respond = () => undefined;
	const during = await post(owner, '/during', 60_000);
	await expect.poll(() => received.length).toBe(2);
	await net?.close();
	expect(await outcome(during)).toBeUndefined();
	respond = (response) => response.end('now');
	start();
	await expect.poll(() => outcome(during)).toMatchObject({ content: 'now' });
});

it('goes on after the database restarted', async () => {
	start();
	// What was sent but not yet stored when the database went away is rightly sent again.
	const one = await post(owner, '/one');
	await expect.poll(() => outcome(one)).toMatchObject({ status_code: 200 });
	const { port } = server;
	server.kill();
	await server.exited;
	server = await startPostgres({
		dataDirectory: join(directory, 'postgres'),
		durable: false,
		port
	});
	await expect
		.poll(
			() => superuser`select from pg_stat_activity where application_name = 'stack net listener'`
		)
		.toHaveLength(1);
	await post(owner, '/two');
	await expect.poll(() => received.length).toBe(2);
});

it('drops old answers', async () => {
	await superuser`
		insert into net._http_response (id, created) values
			(-1, now() - interval '7 hours'), (-2, now() - interval '5 hours')`;
	start();
	await expect.poll(() => superuser`select id::int from net._http_response`).toEqual([{ id: -2 }]);
});

it('is open to the owner and to service_role, not to visitors and operators', async () => {
	for (const role of ['anon', 'authenticated'])
		await expect(
			superuser.begin(async (sql) => {
				await sql.unsafe(`set local role ${role}`);
				await sql`select net.http_get(${url})`;
			})
		).rejects.toThrow('permission denied for schema net');
	await superuser.begin(async (sql) => {
		await sql`set local role service_role`;
		await sql`select net.http_get(${url})`;
		await expect(
			sql.savepoint((inner) => inner`select * from net.http_request_queue`)
		).rejects.toThrow('permission denied for table http_request_queue');
	});
});
