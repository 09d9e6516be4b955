import { once } from 'node:events';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { sqlState } from '../src/realtime/database-errors.ts';
import type { RealtimeLimits } from '../src/realtime/options.ts';
import { startBackend, startDatabase } from './support/realtime-backend.ts';
import type { Database, RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket, refusal, userBroadcastPush } from './support/raw-socket.ts';

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

it('has the limits of a self-hosted server unless it is told otherwise', async () => {
	const backend = await setup({});
	const socket = await RawSocket.open(backend);
	for (let n = 0; n < 100; n++) {
		expect((await socket.join(`realtime:${n}`, { broadcast: { ack: true } })).payload.status).toBe(
			'ok'
		);
	}
	const { payload } = await socket.join('realtime:100');
	expect(payload.response.reason).toBe('ChannelRateLimitReached: Too many channels');
	const push = async (bytes: number, ref: string): Promise<unknown> => {
		const body = Buffer.alloc(bytes);
		socket.ws.send(userBroadcastPush('realtime:0', 'big', body, { ref, encoding: 'binary' }));
		return (await socket.next((frame) => frame.ref === ref)).payload;
	};
	expect(await push(3_000_500, 'largest')).toEqual({ status: 'ok', response: {} });
	expect(await push(3_000_501, 'larger')).toEqual({
		status: 'error',
		response: 'payload_size_exceeded'
	});
	const post = (bytes: number): Promise<Response> =>
		fetch(`${backend.url}/realtime/v1/api/broadcast`, {
			method: 'POST',
			headers: { apikey: backend.publishableKey },
			body: Buffer.alloc(bytes, ' ')
		});
	const largest = await post(8_000_000);
	expect(largest.status).toBe(422);
	expect(largest.headers.get('x-rate-limit')).toBe('100');
	expect((await post(8_000_001)).status).toBe(413);
	socket.ws.send('x'.repeat(5_000_000));
	await socket.settle();
	socket.ws.send('x'.repeat(5_000_001));
	expect(await socket.closed).toBe(1009);
});

it('makes those wait whom it refuses, at the door and at the join', async () => {
	const backend = await setup({ connectErrorBackoffMs: 300, channelErrorBackoffMs: 300 });
	const timed = async (ask: Promise<unknown>): Promise<number> => {
		const start = performance.now();
		await ask;
		return performance.now() - start;
	};
	expect(await timed(refusal(backend, '?vsn=2.0.0'))).toBeGreaterThan(295);
	const socket = await RawSocket.open(backend);
	expect(await timed(socket.join('realtime:a', { private: true }))).toBeGreaterThan(295);
	await socket.settle();
});

it('says little about faults of its own', async () => {
	const verifyToken = (): Promise<never> => Promise.reject(new Error('no such disk'));
	const backend = await startBackend({}, { database, verifyToken });
	backends.push(backend);
	expect(await refusal(backend, `?vsn=2.0.0&apikey=${backend.anonJwt}`)).toEqual({
		status: 500,
		body: { error: 'Error connecting to Realtime' }
	});
	const socket = await RawSocket.open(backend);
	const { payload } = await socket.join('realtime:a', {}, { access_token: backend.anonJwt });
	expect(payload.response).toEqual({ reason: 'Unknown Error on Channel' });
	expect((await socket.join('realtime:a')).payload.status).toBe('ok');
});

describe('a database that is too busy', () => {
	it('is named when all sessions of Realtime are taken', async () => {
		const backend = await setup({ databaseSessions: 1, databaseQueueMs: 100 });
		await backend.sql`
			create policy "slow" on realtime.messages for all to authenticated
			using (exists (select from pg_sleep(2))) with check (exists (select from pg_sleep(2)))`;
		const access_token = await backend.token({ role: 'authenticated' });
		const [first, second] = [await RawSocket.open(backend), await RawSocket.open(backend)];
		const slow = first.join('realtime:slow', { private: true }, { access_token });
		await expect
			.poll(() => backend.sql`select from pg_stat_activity where wait_event = 'PgSleep'`)
			.toHaveLength(1);
		const { payload } = await second.join('realtime:slow', { private: true }, { access_token });
		expect(payload.response.reason).toBe(
			'IncreaseConnectionPool: Please increase your connection pool size'
		);
		const post = await fetch(
			`${backend.url}/realtime/v1/api/broadcast/slow/events/e?private=true`,
			{
				method: 'POST',
				headers: { authorization: `Bearer ${access_token}` },
				body: Buffer.from('{}')
			}
		);
		expect([post.status, await post.json()]).toEqual([
			429,
			{ message: 'Connection pool exhausted' }
		]);
		expect((await slow).payload.status).toBe('ok');
		await backend.sql`drop policy "slow" on realtime.messages`;
	});

	it('is named when it takes no more sessions', async () => {
		const backend = await setup({});
		const socket = await RawSocket.open(backend, { key: backend.secretKey });
		const others: pg.Client[] = [];
		try {
			for (let full = false; !full;) {
				const other = new pg.Client(backend.postgres.url());
				other.on('error', () => undefined);
				full = await other.connect().then(
					() => {
						others.push(other);
						return false;
					},
					(error: unknown) => {
						if (sqlState(error) !== '53300') throw error;
						return true;
					}
				);
			}
			const { payload } = await socket.join('realtime:full', { private: true });
			expect(payload.response.reason).toBe(
				"DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect"
			);
		} finally {
			await Promise.all(others.map((other) => other.end()));
		}
	});
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
	const key = `apikey=${backend.publishableKey}`;
	expect(await refusal(backend, `?vsn=2.0.0&${key}`)).toEqual({
		status: 429,
		body: { error: 'Too many connected users' }
	});
	// Who it is comes first, and the version before that.
	expect((await refusal(backend, '?vsn=2.0.0&apikey=bad')).status).toBe(401);
	expect((await refusal(backend, `?vsn=9.0.0&${key}`)).status).toBe(403);
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
	expect(await refusal(backend, `?vsn=2.0.0&apikey=${backend.publishableKey}`)).toEqual({
		status: 429,
		body: { error: 'Too many joins per second' }
	});
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
	// Also a call that changes nothing counts.
	for (const event of ['track', 'track', 'track', 'untrack', 'untrack', 'untrack']) {
		socket.send('realtime:restless', 'presence', { event });
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
