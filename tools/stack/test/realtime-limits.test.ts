import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RealtimeLimits } from '../src/realtime/options.ts';
import { startBackend, startDatabase } from './support/realtime-backend.ts';
import type { Database, RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';

let database: Database;
const backends: RealtimeBackend[] = [];

beforeAll(async () => {
	database = await startDatabase();
});
afterAll(() => database.close());

async function setup(limits: Partial<RealtimeLimits>): Promise<RealtimeBackend> {
	const backend = await startBackend(limits, { database });
	backends.push(backend);
	return backend;
}

function codes(backend: RealtimeBackend): string[] {
	return backend.logs.map((entry) => entry.code);
}

afterEach(async () => {
	for (const backend of backends.splice(0)) await backend.close();
});

it('cuts off peers that fall silent and tells the others', async () => {
	const backend = await setup({ heartbeatTimeoutMs: 400 });
	const [silent, lively] = [await RawSocket.open(backend), await RawSocket.open(backend)];
	await lively.join('realtime:pulse');
	await silent.join('realtime:pulse', { presence: { key: 'silent', enabled: true } });
	silent.send('realtime:pulse', 'presence', { event: 'track', payload: {} });
	const beat = setInterval(() => lively.send('phoenix', 'heartbeat'), 100);
	const left = await lively.next(
		(frame) => frame.event === 'presence_diff' && 'silent' in frame.payload.leaves
	);
	clearInterval(beat);
	expect(left.topic).toBe('realtime:pulse');
	expect(await silent.closed).toBe(1006);
	expect(lively.ws.readyState).toBe(WebSocket.OPEN);
});

it('cuts off sockets that have left all their channels long ago', async () => {
	const backend = await setup({ heartbeatTimeoutMs: 1000, emptySocketTimeoutMs: 300 });
	const [empty, fresh] = [await RawSocket.open(backend), await RawSocket.open(backend)];
	const keepAlive = setInterval(() => {
		for (const socket of [empty, fresh]) socket.send('phoenix', 'heartbeat');
	}, 100);
	const joined = await empty.join('realtime:brief');
	empty.send('realtime:brief', 'phx_leave', {}, joined.ref);
	expect(await empty.closed).toBe(1006);
	clearInterval(keepAlive);
	expect(fresh.ws.readyState).toBe(WebSocket.OPEN);
});

it('limits connected users, at the join and at the door', async () => {
	const backend = await setup({ connections: 1 });
	const [first, second] = [await RawSocket.open(backend), await RawSocket.open(backend)];
	expect((await first.join('realtime:a')).payload.status).toBe('ok');
	expect((await second.join('realtime:a')).payload.response.reason).toBe(
		'ConnectionRateLimitReached: Too many connected users'
	);
	expect((await first.join('realtime:b')).payload.status).toBe('ok');
	await expect(RawSocket.open(backend)).rejects.toThrow('429');
});

it('closes a channel that sends too much and answers REST with 429', async () => {
	// Zero trips at once: the average of a minute would take a minute to show.
	const backend = await setup({ eventsPerSecond: 0 });
	const socket = await RawSocket.open(backend);
	const joined = await socket.join('realtime:busy');
	socket.send('realtime:busy', 'broadcast', { event: 'x' });
	const system = await socket.next((frame) => frame.event === 'system');
	expect(system.payload).toEqual({
		extension: 'system',
		status: 'error',
		message: 'Too many messages per second',
		channel: 'busy'
	});
	const closed = await socket.next((frame) => frame.event === 'phx_close');
	expect(closed).toMatchObject({ joinRef: joined.ref, ref: joined.ref, payload: {} });
	const response = await fetch(`${backend.url}/realtime/v1/api/broadcast`, {
		method: 'POST',
		headers: { apikey: backend.publishableKey },
		body: JSON.stringify({ messages: [{ topic: 'a', event: 'b', payload: {} }] })
	});
	expect(response.status).toBe(429);
	expect(response.headers.get('x-rate-limit')).toBe('0');
	expect(await response.json()).toEqual({ message: 'Too many requests' });
	await backend.sql`select realtime.send('{}', 'x', 'busy', false)`;
	await expect.poll(() => codes(backend)).toContain('UnableToBroadcastChanges');
	await backend.sql.unsafe(`create table public.busy (id int primary key);
		grant select on public.busy to anon;
		alter publication supabase_realtime add table public.busy`);
	await socket.join('realtime:changes', { postgres_changes: [{ table: 'busy' }] });
	await socket.next((frame) => frame.event === 'system');
	await backend.sql`insert into busy values (1)`;
	await expect.poll(() => codes(backend)).toContain('MessagePerSecondRateLimitReached');
	expect(socket.frames.some((frame) => frame.event === 'postgres_changes')).toBe(false);
});

it('lets bursts pass, skips what exceeds the average and recovers', async () => {
	const backend = await setup({ eventsPerSecond: 50, rateWindowMs: 1200 });
	const socket = await RawSocket.open(backend, { vsn: '1.0.0' });
	await socket.join('realtime:burst');
	const received = (): number =>
		socket.frames.filter((frame) => frame.event === 'broadcast').length;
	const send = () => backend.sql`select realtime.send('{}', 'x', 'burst', false)`;
	await backend.sql`
		select realtime.send('{}', 'x', 'burst', false) from generate_series(1, 300)`;
	await expect
		.poll(async () => {
			await send();
			return codes(backend);
		})
		.toContain('UnableToBroadcastChanges');
	// Fifty a second over 1.2 seconds.
	expect(received()).toBeGreaterThanOrEqual(60);
	const before = received();
	await expect
		.poll(async () => {
			await send();
			return received();
		})
		.toBeGreaterThan(before);
});

it('ends the socket of a client that joins too often', async () => {
	const backend = await setup({ joinsPerSecond: 5, rateWindowMs: 1200, channelsPerSocket: 1000 });
	const socket = await RawSocket.open(backend);
	let answer = await socket.join('realtime:0');
	for (let n = 1; answer.payload.status === 'ok'; n++) {
		answer = await socket.join(`realtime:${n}`);
	}
	expect(answer.payload.response.reason).toBe(
		'ClientJoinRateLimitReached: Too many joins per second'
	);
	expect(await socket.closed).toBe(1001);
	await expect(RawSocket.open(backend)).rejects.toThrow('429');
});

it('refuses public channels where only private ones are allowed', async () => {
	const backend = await startBackend({}, { database, privateOnly: true });
	backends.push(backend);
	const socket = await RawSocket.open(backend, { key: backend.secretKey });
	const refused = await socket.join('realtime:open');
	expect(refused.payload.response.reason).toBe(
		'PrivateOnly: This project only allows private channels'
	);
	expect((await socket.join('realtime:closed', { private: true })).payload.status).toBe('ok');
});

it('closes a channel when there is too much presence', async () => {
	const backend = await setup({ presenceEventsPerSecond: 0 });
	const socket = await RawSocket.open(backend);
	await socket.join('realtime:crowd');
	socket.send('realtime:crowd', 'presence', { event: 'track' });
	const system = await socket.next((frame) => frame.event === 'system');
	expect(system.payload.message).toBe('Too many presence messages per second');
	await socket.next((frame) => frame.event === 'phx_close');
});

it('closes a channel that calls presence too often', async () => {
	const backend = await setup({});
	const socket = await RawSocket.open(backend);
	await socket.join('realtime:restless');
	for (let n = 0; n < 6; n++) {
		socket.send('realtime:restless', 'presence', { event: n % 2 ? 'untrack' : 'track' });
	}
	const system = await socket.next((frame) => frame.event === 'system');
	expect(system.payload.message).toBe('Client presence rate limit exceeded');
	await socket.next((frame) => frame.event === 'phx_close');
	const replies = socket.frames.filter((frame) => frame.event === 'phx_reply');
	expect(replies).toHaveLength(6); // the join and five calls
});

it('closes sockets whose frames are too big', async () => {
	const backend = await setup({ frameBytes: 10_000 });
	const socket = await RawSocket.open(backend);
	await socket.join('realtime:big');
	socket.ws.send('x'.repeat(10_001));
	expect(await socket.closed).toBe(1009);
	await (await RawSocket.open(backend)).settle();
});

it('cuts off a peer that does not read what it is sent', async () => {
	const backend = await setup({ socketBacklogBytes: 100_000 });
	const [stuck, sender] = [await RawSocket.open(backend), await RawSocket.open(backend)];
	for (const socket of [stuck, sender]) await socket.join('realtime:flood');
	stuck.ws.pause();
	const payload = { event: 'x', payload: 'x'.repeat(1_000_000) };
	await expect
		.poll(async () => {
			sender.send('realtime:flood', 'broadcast', payload);
			await sender.settle();
			return backend.realtime.stats().sockets;
		})
		.toBe(1);
	stuck.ws.resume();
	expect(await stuck.closed).toBe(1006);
});

it('tells every channel when it shuts down', async () => {
	const backend = await startBackend({}, { database });
	const sockets = [await RawSocket.open(backend), await RawSocket.open(backend, { vsn: '1.0.0' })];
	for (const socket of sockets) {
		await socket.join('realtime:a');
		await socket.join('realtime:b');
	}
	const closing = backend.close();
	for (const socket of sockets) {
		for (const channel of ['a', 'b']) {
			const system = await socket.next((frame) => frame.event === 'system');
			expect(system.payload).toEqual({
				extension: 'system',
				status: 'ok',
				message: 'Server requested disconnect',
				channel
			});
		}
		expect(await socket.closed).toBe(1012);
	}
	await closing;
});

it('closes although a peer does not answer', async () => {
	const backend = await startBackend({}, { database });
	const { port } = new URL(backend.url);
	const ws = new WebSocket(
		`ws://127.0.0.1:${port}/realtime/v1/websocket?apikey=${backend.publishableKey}&vsn=2.0.0`
	);
	await once(ws, 'open');
	ws.pause();
	await backend.close();
	ws.terminate();
});
