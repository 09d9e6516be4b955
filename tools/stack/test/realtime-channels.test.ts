import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { binaryPush, RawSocket, refusal, userBroadcastPush } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({ channelsPerSocket: 4, eventsPerSecond: 1e6, payloadBytes: 1000 });
});
afterEach(() => {
	for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => backend.close());

async function open(options?: Parameters<typeof RawSocket.open>[1]): Promise<RawSocket> {
	const socket = await RawSocket.open(backend, options);
	opened.push(socket);
	return socket;
}

/** A token whose signer nobody knows. */
function foreignToken(header: Record<string, string>): string {
	const parts = [header, { role: 'anon', exp: 9_999_999_999 }, {}];
	return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

describe('connecting', () => {
	it('serves both path prefixes and takes the key from a header first', async () => {
		await open({ path: '/socket/websocket' });
		await open({ key: 'nonsense', headers: { 'x-api-key': backend.publishableKey } });
	});

	it('accepts a JWT as key and any patch version', async () => {
		await open({ key: backend.anonJwt, vsn: '2.0.7' });
	});

	it('asks nobody where the page comes from', async () => {
		await open({ headers: { origin: 'https://elsewhere.test' } });
	});

	it('speaks 1.0.0 when no version is given', async () => {
		const ws = new WebSocket(
			`${backend.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${backend.publishableKey}`
		);
		const socket = new RawSocket(ws, false);
		opened.push(socket);
		await once(ws, 'open');
		await socket.settle();
	});

	it('says why it refuses', async () => {
		expect(await refusal(backend, '?vsn=2.0.0')).toEqual({
			status: 401,
			body: { error: 'API key is missing' }
		});
		expect(await refusal(backend, '?vsn=2.0.0&apikey=bad')).toEqual({
			status: 401,
			body: { error: 'The token provided is not a valid JWT' }
		});
		const expired = await backend.token({ role: 'anon' }, -5);
		expect(await refusal(backend, `?vsn=2.0.0&apikey=${expired}`)).toEqual({
			status: 401,
			body: { error: 'Token has expired' }
		});
		const forged = `${backend.anonJwt.slice(0, -4)}AAAA`;
		expect(await refusal(backend, `?vsn=2.0.0&apikey=${forged}`)).toEqual({
			status: 401,
			body: { error: 'Failed to validate JWT signature' }
		});
		expect(await refusal(backend, `?vsn=2.0.0&apikey=${foreignToken({ alg: 'RS256' })}`)).toEqual({
			status: 401,
			body: {
				error: 'Failed to generate JWT signer, check your JWT secret or JWKS configuration'
			}
		});
		const roleless = await backend.token({});
		expect(await refusal(backend, `?vsn=2.0.0&apikey=${roleless}`)).toEqual({
			status: 401,
			body: { error: 'Fields `role` and `exp` are required in JWT' }
		});
		expect(await refusal(backend, `?vsn=3.0.0&apikey=${backend.publishableKey}`)).toEqual({
			status: 403,
			body: null
		});
		expect((await refusal(backend, `?apikey=${backend.publishableKey}`, '/elsewhere')).status).toBe(
			404
		);
	});
});

describe.each(['1.0.0', '2.0.0'])('on %s', (vsn) => {
	const version2 = vsn === '2.0.0';

	it('answers heartbeats', async () => {
		const socket = await open({ vsn });
		const ref = socket.send('phoenix', 'heartbeat');
		expect(await socket.next((frame) => frame.ref === ref)).toEqual({
			joinRef: null,
			ref,
			topic: 'phoenix',
			event: 'phx_reply',
			payload: { status: 'ok', response: {} }
		});
	});

	it('joins, leaves and joins again', async () => {
		const socket = await open({ vsn });
		const joined = await socket.join('realtime:life');
		expect(joined.payload).toEqual({ status: 'ok', response: { postgres_changes: [] } });
		expect(joined.joinRef).toBe(version2 ? joined.ref : null);
		const leave = socket.send('realtime:life', 'phx_leave', {}, joined.ref);
		const left = await socket.next((frame) => frame.ref === leave);
		expect(left).toMatchObject({ event: 'phx_reply', payload: { status: 'ok', response: {} } });
		const closed = await socket.next((frame) => frame.event === 'phx_close');
		expect(closed).toMatchObject({ ref: joined.ref, topic: 'realtime:life', payload: {} });
		expect((await socket.join('realtime:life')).payload.status).toBe('ok');
	});

	it('answers the second join of a topic before it closes the first', async () => {
		const socket = await open({ vsn });
		const first = await socket.join('realtime:twice');
		const second = await socket.join('realtime:twice');
		expect(second.payload.status).toBe('ok');
		const closed = await socket.next((frame) => frame.event === 'phx_close');
		expect(closed.ref).toBe(first.ref);
		const refused = await socket.join('realtime:twice', { broadcast: { replay: { since: 1 } } });
		expect(refused.payload.status).toBe('error');
		const closedToo = await socket.next((frame) => frame.event === 'phx_close');
		expect(closedToo.ref).toBe(second.ref);
		const push = socket.send('realtime:twice', 'presence', { event: 'track' });
		const lost = await socket.next((frame) => frame.ref === push);
		expect(lost.payload).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
	});

	it('delivers to others, to oneself on request, and acknowledges on request', async () => {
		const [a, b] = [await open({ vsn }), await open({ vsn })];
		await a.join('realtime:room', { broadcast: { self: true, ack: true } });
		await b.join('realtime:room');
		const payload = { type: 'broadcast', event: 'hi', payload: { text: 'Привіт 🙂' }, odd: 1 };
		const ref = a.send('realtime:room', 'broadcast', payload);
		expect((await a.next((frame) => frame.event === 'broadcast')).payload).toEqual(payload);
		expect((await a.next((frame) => frame.ref === ref)).payload).toEqual({
			status: 'ok',
			response: {}
		});
		const received = await b.next((frame) => frame.event === 'broadcast');
		expect(received).toEqual({
			joinRef: null,
			ref: null,
			topic: 'realtime:room',
			event: 'broadcast',
			payload
		});
		b.send('realtime:room', 'broadcast', { ...payload, event: 'quiet' });
		expect((await a.next((frame) => frame.event === 'broadcast')).payload.event).toBe('quiet');
		await b.settle();
		const toSelf = b.frames.filter((frame) => frame.event === 'broadcast');
		expect(toSelf.map((frame) => frame.payload.event)).toEqual(['hi']);
		expect(b.frames.filter((frame) => frame.event === 'phx_reply')).toHaveLength(2);
	});

	it('drops what cannot be read and keeps the socket', async () => {
		const socket = await open({ vsn });
		const before = backend.logs.length;
		const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
		for (const bad of ['', 'null', '{', '[]', '[1,2,3,4,5]', '{"topic":1}', deep])
			socket.ws.send(bad);
		socket.ws.send(Buffer.from([9, 9, 9]));
		socket.ws.send(Buffer.alloc(0));
		await socket.settle();
		const codes = backend.logs.slice(before).map((entry) => entry.code);
		expect(codes).toHaveLength(9);
		expect(new Set(codes)).toEqual(new Set(['MalformedWebSocketMessage']));
	});

	it('survives payloads of any shape', async () => {
		const socket = await open({ vsn });
		const joined = await socket.join('realtime:shapes', { broadcast: { ack: true } });
		const shapes = [null, 1, 'text', [], {}, { event: 1 }, { event: 'track', payload: [] }];
		for (const event of ['broadcast', 'presence', 'access_token', 'unheard_of', '__proto__']) {
			for (const payload of shapes) socket.send('realtime:shapes', event, payload, joined.ref);
		}
		for (const payload of shapes) socket.send('realtime:more', 'phx_join', payload);
		await socket.settle();
		expect(socket.frames.some((frame) => frame.event === 'phx_error')).toBe(false);
	});

	it('survives payloads nested deeper than it can write, and lets the client join again', async () => {
		const socket = await open({ vsn });
		for (const depth of [5000, 100_000]) {
			const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
			for (const event of ['broadcast', 'presence']) {
				const { ref } = await socket.join('realtime:deep');
				const payload = `{"event":"track","payload":{"deep":${deep}}}`;
				socket.ws.send(
					version2
						? `["${ref}","900","realtime:deep","${event}",${payload}]`
						: `{"topic":"realtime:deep","event":"${event}","payload":${payload},"ref":"900"}`
				);
			}
		}
		const failed = await socket.next((frame) => frame.event === 'phx_error');
		expect(failed).toMatchObject({ topic: 'realtime:deep', payload: {} });
		expect(failed.ref).not.toBeNull();
		expect(failed.joinRef).toBe(version2 ? failed.ref : null);
		expect((await socket.join('realtime:deep')).payload.status).toBe('ok');
	});

	it('keeps the order of one socket, even when the first step takes a database trip', async () => {
		const [a, b] = [await open({ vsn }), await open({ vsn })];
		await b.join('realtime:order');
		const service = await backend.token({ role: 'service_role' });
		const config = { private: true };
		const slow = a.send('realtime:private', 'phx_join', { config, access_token: service });
		a.send('realtime:order', 'phx_join', { config: {} });
		for (let n = 0; n < 200; n++) a.send('realtime:order', 'broadcast', { event: 'n', n });
		await b.next((frame) => frame.payload.n === 199);
		const received = b.frames.filter((frame) => frame.event === 'broadcast');
		expect(received.map((frame) => frame.payload.n)).toEqual(
			Array.from({ length: 200 }, (_, n) => n)
		);
		await a.next((frame) => frame.ref === slow);
	});
});

describe('joining', () => {
	it('ignores a leave of an earlier join but takes its pushes', async () => {
		const socket = await open();
		const first = await socket.join('realtime:stale');
		const second = await socket.join('realtime:stale', { broadcast: { ack: true } });
		socket.send('realtime:stale', 'phx_leave', {}, first.ref);
		const ref = socket.send('realtime:stale', 'broadcast', { event: 'x' }, first.ref);
		const reply = await socket.next((frame) => frame.ref === ref);
		expect(reply).toMatchObject({ joinRef: second.ref, payload: { status: 'ok' } });
	});

	it('answers a leave of a topic that is not joined', async () => {
		const socket = await open();
		const ref = socket.send('realtime:never', 'phx_leave', {}, '9');
		const reply = await socket.next((frame) => frame.ref === ref);
		expect(reply.payload).toEqual({ status: 'ok', response: {} });
	});

	it('knows no topics but realtime:*', async () => {
		const socket = await open();
		expect((await socket.join('elsewhere:a')).payload).toEqual({
			status: 'error',
			response: { reason: 'unmatched topic' }
		});
		expect((await socket.join('realtime:')).payload.response.reason).toBe(
			'TopicNameRequired: You must provide a topic name'
		);
	});

	it.each([
		'a:b:c',
		'a/b',
		'100%',
		'%41%zz',
		'"\\',
		"'; drop table x --",
		'🙂',
		'\n\t',
		'__proto__',
		' '
	])('takes the odd topic %j, public and private, and delivers on it', async (name) => {
		const [a, b] = [await open(), await open()];
		const service = await backend.token({ role: 'service_role' });
		for (const config of [{ private: false }, { private: true }]) {
			for (const socket of [a, b]) {
				const reply = await socket.join(`realtime:${name}`, config, { access_token: service });
				expect(reply.payload.status).toBe('ok');
			}
			a.ws.send(userBroadcastPush(`realtime:${name}`, 'ev', '{"a":1}'));
			expect((await b.nextBinary()).subarray(-7).toString()).toBe('{"a":1}');
		}
	});

	it('refuses topics that no binary frame or no table could hold', async () => {
		const socket = await open();
		const config = { private: true };
		for (const [name, code] of [
			['я'.repeat(124), 'TopicNameTooLong'],
			['a'.repeat(1_000_000), 'TopicNameTooLong'],
			['nul\0', 'TopicNameInvalid'],
			['lone \ud800', 'TopicNameInvalid']
		] as const) {
			const reply = await socket.join(`realtime:${name}`, config);
			expect(reply.payload.response.reason).toMatch(new RegExp(`^${code}: `));
		}
		expect((await socket.join(`realtime:${'я'.repeat(123)}`)).payload.status).toBe('ok');
	});

	it('limits the channels of a socket', async () => {
		const socket = await open();
		for (let n = 0; n < 4; n++) await socket.join(`realtime:${n}`);
		expect((await socket.join('realtime:4')).payload.response.reason).toBe(
			'ChannelRateLimitReached: Too many channels'
		);
		expect((await socket.join('realtime:0')).payload.status).toBe('ok');
	});

	it('reads a config leniently', async () => {
		const [socket, other] = [await open(), await open()];
		const before = backend.logs.length;
		await socket.join('realtime:lenient', {
			broadcast: { self: 'TRUE', ack: 'true' },
			presence: 'on',
			private: 3,
			postgres_changes: null
		});
		const problems = backend.logs.slice(before).map((entry) => entry.code);
		expect(problems).toEqual(['InvalidJoinPayload', 'InvalidJoinPayload']);
		const ref = socket.send('realtime:lenient', 'broadcast', { event: 'x' });
		await socket.next((frame) => frame.event === 'broadcast');
		await socket.next((frame) => frame.ref === ref);
		const legacy = other.send('realtime:lenient', 'phx_join', {});
		expect((await other.next((frame) => frame.ref === legacy)).payload.status).toBe('ok');
	});

	it('names the error of a bad token', async () => {
		const socket = await open();
		const service = await backend.token({ role: 'service_role' });
		const reason = async (access_token: string): Promise<string> =>
			(await socket.join('realtime:token', {}, { access_token })).payload.response.reason;
		expect(await reason(await backend.token({ role: 'anon' }, -3))).toMatch(
			/^InvalidJWTToken: Token has expired [34] seconds ago$/
		);
		expect(await reason(await backend.token({}))).toBe(
			'InvalidJWTToken: Fields `role` and `exp` are required in JWT'
		);
		expect(await reason('no.token')).toBe('MalformedJWT: The token provided is not a valid JWT');
		expect(await reason('')).toBe('MalformedJWT: The token provided is not a valid JWT');
		expect(await reason(`${backend.anonJwt.slice(0, -4)}AAAA`)).toBe(
			'JwtSignatureError: Failed to validate JWT signature'
		);
		expect(await reason(foreignToken({ alg: 'ES256', kid: 'theirs' }))).toBe(
			'JwtSignerError: Failed to generate JWT signer for key ID (kid) "theirs", check your JWT secret or JWKS configuration'
		);
		const user = await socket.join('realtime:token', {}, { user_token: '', access_token: service });
		expect(user.payload.response.reason).toMatch(/^MalformedJWT/);
		const own = await socket.join('realtime:token', {}, { access_token: 'sb_publishable_other' });
		expect(own.payload.status).toBe('ok');
	});

	it('echoes postgres_changes with ids', async () => {
		const socket = await open();
		const insert = { event: 'INSERT', schema: 'public', table: 't', filter: 'id=eq.1' };
		const all = { event: '*', schema: 'public' };
		const reply = await socket.join('realtime:changes', {
			postgres_changes: [insert, null, all, insert]
		});
		const echoed = reply.payload.response.postgres_changes as { id: number }[];
		expect(echoed).toEqual(
			[insert, all, insert].map((entry, index) => ({ ...entry, id: echoed[index]?.id }))
		);
		expect(echoed.every(({ id }) => Number.isInteger(id))).toBe(true);
		expect(echoed[0]?.id).toBe(echoed[2]?.id);
		expect(echoed[0]?.id).not.toBe(echoed[1]?.id);
		const system = await socket.next((frame) => frame.event === 'system');
		expect(system.payload).toEqual({
			extension: 'postgres_changes',
			status: 'error',
			message:
				'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: INSERT, schema: public, table: t, filters: [{"id", "eq", "1", false}], select: nil]',
			channel: 'changes'
		});
	});

	it('reports a running database stream on request', async () => {
		const socket = await open();
		const reply = await socket.join('realtime:ready', { broadcast: { replication_ready: true } });
		const system = await socket.next((frame) => frame.event === 'system');
		expect(system).toMatchObject({
			joinRef: reply.ref,
			ref: null,
			payload: {
				extension: 'system',
				status: 'ok',
				message: 'Replication connection established',
				channel: 'ready'
			}
		});
	});
});

describe('broadcasting', () => {
	it('forwards a text push whatever JSON it carries', async () => {
		const [sender, v2, v1] = [await open(), await open(), await open({ vsn: '1.0.0' })];
		for (const socket of [sender, v2, v1]) await socket.join('realtime:verbatim');
		for (const payload of [null, 7, 'text', [1, { a: null }], { no: 'event' }]) {
			sender.send('realtime:verbatim', 'broadcast', payload);
			for (const socket of [v2, v1]) {
				const received = await socket.next((frame) => frame.event === 'broadcast');
				expect(received.payload).toEqual(payload);
			}
		}
	});

	it('answers a binary push in text, and makes no broadcast of it', async () => {
		const [sender, other] = [await open(), await open()];
		const { ref } = await sender.join('realtime:kind 0', { broadcast: { ack: true, self: true } });
		await other.join('realtime:kind 0');
		sender.ws.send(binaryPush('realtime:kind 0', 'broadcast', '70', ref ?? ''));
		sender.ws.send(binaryPush('phoenix', 'heartbeat', '71'));
		expect(await sender.next((frame) => frame.ref !== ref)).toMatchObject({
			joinRef: null,
			ref: '71',
			payload: { status: 'ok', response: {} }
		});
		await other.settle();
		expect([...sender.binaries, ...other.binaries]).toEqual([]);
		expect(other.frames.some((frame) => frame.event === 'broadcast')).toBe(false);
	});

	it('forwards binary pushes untouched to 2.0.0 and not at all to 1.0.0', async () => {
		const [sender, v2, v1] = [await open(), await open(), await open({ vsn: '1.0.0' })];
		for (const socket of [sender, v2, v1]) await socket.join('realtime:bytes');
		const bytes = Buffer.from([1, 2, 255]);
		sender.ws.send(userBroadcastPush('realtime:bytes', 'raw', bytes, { encoding: 'binary' }));
		sender.ws.send(userBroadcastPush('realtime:bytes', 'json', '{"a": 1}'));
		const head = (event: string, encoding: number): Buffer =>
			Buffer.from([4, 14, event.length, 0, encoding, ...Buffer.from(`realtime:bytes${event}`)]);
		expect(await v2.nextBinary()).toEqual(Buffer.concat([head('raw', 0), bytes]));
		expect(await v2.nextBinary()).toEqual(
			Buffer.concat([head('json', 1), Buffer.from('{"a": 1}')])
		);
		const text = await v1.next((frame) => frame.event === 'broadcast');
		expect(text.payload).toEqual({ event: 'json', payload: { a: 1 }, type: 'broadcast' });
		expect(v1.binaries).toEqual([]);
		expect(sender.binaries).toEqual([]);
	});

	it('keeps the public and the private channel of one name apart', async () => {
		const [open1, closed1] = [await open(), await open()];
		const service = await backend.token({ role: 'service_role' });
		await open1.join('realtime:same');
		await closed1.join('realtime:same', { private: true }, { access_token: service });
		open1.send('realtime:same', 'broadcast', { event: 'public' });
		closed1.send('realtime:same', 'broadcast', { event: 'private' });
		await Promise.all([open1.settle(), closed1.settle()]);
		await Promise.all([open1.settle(), closed1.settle()]);
		for (const socket of [open1, closed1]) {
			expect(socket.frames.some((frame) => frame.event === 'broadcast')).toBe(false);
		}
	});

	it('refuses payloads over the limit: aloud with ack, silently without', async () => {
		const [loud, silent] = [await open(), await open()];
		await loud.join('realtime:size', { broadcast: { ack: true } });
		await silent.join('realtime:size');
		const push = (length: number, ref: string): Buffer =>
			userBroadcastPush('realtime:size', 'big', JSON.stringify('x'.repeat(length)), { ref });
		silent.ws.send(push(1000, '50'));
		loud.ws.send(push(1000, '51'));
		expect((await loud.next((frame) => frame.ref === '51')).payload).toEqual({
			status: 'error',
			response: 'payload_size_exceeded'
		});
		loud.ws.send(push(998, '52'));
		expect((await loud.next((frame) => frame.ref === '52')).payload.status).toBe('ok');
		await silent.nextBinary();
		expect(silent.binaries).toEqual([]);
		expect(silent.frames.filter((frame) => frame.ref === '50')).toEqual([]);
		expect(loud.binaries).toEqual([]);
	});
});
