import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({ payloadBytes: 1000, restBodyBytes: 5000 });
	await backend.sql`
		create policy "writers write" on realtime.messages for insert to authenticated
		with check (realtime.topic() = 'allowed' and extension = 'broadcast')`;
	await backend.sql`
		create policy "who reads Ukrainian writes" on realtime.messages for insert to authenticated
		with check (
			realtime.topic() = 'by header'
			and current_setting('request.headers')::jsonb ->> 'accept-language' = 'uk'
		)`;
});
afterEach(() => {
	for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => backend.close());

async function post(
	path: string,
	body: string | Buffer<ArrayBuffer>,
	headers: Record<string, string> = {}
) {
	const response = await fetch(`${backend.url}${path}`, {
		method: 'POST',
		headers: { apikey: backend.publishableKey, 'content-type': 'application/json', ...headers },
		body
	});
	const text = await response.text();
	return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

function batch(messages: unknown, headers?: Record<string, string>) {
	return post('/realtime/v1/api/broadcast', JSON.stringify({ messages }), headers);
}

async function listen(topic: string, vsn = '2.0.0', isPrivate = false): Promise<RawSocket> {
	const socket = await RawSocket.open(backend, { vsn, key: backend.secretKey });
	opened.push(socket);
	await socket.join(`realtime:${topic}`, { private: isPrivate });
	return socket;
}

async function bearer(claims: Record<string, unknown>, expiresIn?: number) {
	return { authorization: `Bearer ${await backend.token(claims, expiresIn)}` };
}

describe('around it', () => {
	it('answers pings on both prefixes', async () => {
		for (const prefix of ['/realtime/v1', '']) {
			const response = await fetch(`${backend.url}${prefix}/api/ping`);
			expect(await response.json()).toEqual({ message: 'Success' });
		}
	});

	it('says that it is well', async () => {
		expect((await fetch(`${backend.url}/healthcheck`)).status).toBe(200);
	});

	it('lets browsers in', async () => {
		const response = await fetch(`${backend.url}/realtime/v1/api/broadcast`, { method: 'OPTIONS' });
		expect(response.status).toBe(204);
		expect(response.headers.get('access-control-allow-origin')).toBe('*');
		for (const name of ['authorization', 'apikey', 'content-type', 'x-client-info']) {
			expect(response.headers.get('access-control-allow-headers')).toContain(name);
		}
	});

	it('refuses without valid credentials', async () => {
		const refused = { status: 401, body: { message: 'Unauthorized' } };
		const message = [{ topic: 'a', event: 'b', payload: {} }];
		expect(await batch(message, { apikey: '' })).toEqual(refused);
		expect(await batch(message, { apikey: 'sb_publishable_unknown' })).toEqual(refused);
		expect(await batch(message, { authorization: 'Bearer nonsense' })).toEqual(refused);
		expect(await batch(message, await bearer({ role: 'anon' }, -1))).toEqual(refused);
	});

	it('takes the key from header, query or bearer', async () => {
		const body = JSON.stringify({ messages: [{ topic: 'a', event: 'b', payload: {} }] });
		const key = backend.publishableKey;
		const url = '/realtime/v1/api/broadcast';
		expect((await post(url, body, { authorization: `Bearer ${key}` })).status).toBe(202);
		expect((await post(url, body, { apikey: '', authorization: `Bearer ${key}` })).status).toBe(
			202
		);
		const query = await fetch(`${backend.url}${url}?apikey=${key}&vsn=2.0.0&log_level=info`, {
			method: 'POST',
			body
		});
		expect(query.status).toBe(202);
		expect(query.headers.get('x-rate-limit')).toBe('100');
		expect(query.headers.get('x-rate-rolling')).toMatch(/^\d+$/);
		expect(Number(query.headers.get('x-rate-limit-remaining'))).toBeLessThanOrEqual(100);
		expect(query.headers.get('access-control-allow-origin')).toBe('*');
		expect((await post('/api/broadcast', body)).status).toBe(202);
	});

	it('knows no other paths', async () => {
		expect((await post('/realtime/v1/api/elsewhere', '{}')).status).toBe(404);
		expect((await post('/realtime/v1/api/broadcast/a/events', '{}')).status).toBe(404);
	});
});

describe('a batch', () => {
	it('reaches both serializers as text, in order, with the id as meta', async () => {
		const sockets = [await listen('room'), await listen('room', '1.0.0')];
		const sent = await batch([
			{ topic: 'room', event: 'one', payload: { n: 1 } },
			{ topic: 'room', event: 'two', payload: {}, private: false, id: 'x' }
		]);
		expect(sent).toEqual({ status: 202, body: null });
		for (const socket of sockets) {
			const one = await socket.next((frame) => frame.event === 'broadcast');
			expect(one).toMatchObject({ joinRef: null, ref: null, topic: 'realtime:room' });
			expect(one.payload).toEqual({ type: 'broadcast', event: 'one', payload: { n: 1 } });
			const two = await socket.next((frame) => frame.event === 'broadcast');
			expect(two.payload).toEqual({
				type: 'broadcast',
				event: 'two',
				payload: {},
				meta: { id: 'x' }
			});
		}
	});

	it('sends nothing if one message is bad, and says which', async () => {
		const socket = await listen('strict');
		const good = { topic: 'strict', event: 'e', payload: {} };
		const answer = await batch([
			good,
			{ topic: '', payload: [] },
			{ ...good, payload: null, private: 'maybe' },
			{ ...good, topic: 'a\0' },
			{ ...good, payload: { x: 'x'.repeat(1000) } },
			null
		]);
		const blank = ["can't be blank"];
		expect(answer).toEqual({
			status: 422,
			body: {
				errors: {
					messages: [
						{},
						{ topic: blank, event: blank, payload: ['is invalid'] },
						{ payload: blank, private: ['is invalid'] },
						{ topic: ['is invalid'] },
						{ payload: ['Payload size exceeds tenant limit'] },
						{ topic: blank, event: blank, payload: blank }
					]
				}
			}
		});
		await socket.settle();
		expect(socket.frames.some((frame) => frame.event === 'broadcast')).toBe(false);
	});

	it.each([['[]'], ['null'], ['{}'], ['"x"']])('refuses %s as messages', async (messages) => {
		const answer = await post('/realtime/v1/api/broadcast', `{"messages":${messages}}`);
		expect(answer).toEqual({ status: 422, body: { errors: { messages: ["can't be blank"] } } });
	});

	it('refuses what is no JSON, too much, or too large', async () => {
		expect((await post('/realtime/v1/api/broadcast', '{"messages":')).status).toBe(422);
		const many = Array.from({ length: 101 }, () => ({ topic: 'a', event: 'b', payload: {} }));
		expect(await batch(many)).toEqual({
			status: 429,
			body: { message: 'Too many messages to broadcast, please reduce the batch size' }
		});
		expect((await post('/realtime/v1/api/broadcast', 'x'.repeat(5001))).status).toBe(413);
	});

	it('leaves out private messages the caller may not send, and still answers 202', async () => {
		const allowed = await listen('allowed', '2.0.0', true);
		const open = await listen('allowed');
		const denied = await listen('denied', '2.0.0', true);
		const item = (topic: string) => ({ topic, event: 'e', payload: {}, private: true });
		const both = [item('denied'), item('allowed')];
		expect((await batch(both, await bearer({ role: 'authenticated' }))).status).toBe(202);
		await allowed.next((frame) => frame.event === 'broadcast');
		await denied.settle();
		expect(denied.frames.some((frame) => frame.event === 'broadcast')).toBe(false);
		expect((await batch(both, { apikey: backend.secretKey })).status).toBe(202);
		await denied.next((frame) => frame.event === 'broadcast');
		await open.settle();
		expect(open.frames.some((frame) => frame.event === 'broadcast')).toBe(false);
	});
});

describe('a single broadcast', () => {
	const path = (topic: string, event: string, query = ''): string =>
		`/realtime/v1/api/broadcast/${encodeURIComponent(topic)}/events/${encodeURIComponent(event)}${query}`;

	it('carries JSON and bytes unchanged', async () => {
		const [v2, v1] = [await listen('a/b:c'), await listen('a/b:c', '1.0.0')];
		expect((await post(path('a/b:c', 'e/1'), '{"n": 1}')).status).toBe(202);
		const bytes = Buffer.from([0, 255]);
		const type = { 'content-type': 'application/octet-stream' };
		expect((await post(path('a/b:c', 'raw'), bytes, type)).status).toBe(202);
		const json = await v2.nextBinary();
		expect(json.subarray(0, 5)).toEqual(Buffer.from([4, 14, 3, 0, 1]));
		expect(json.subarray(5).toString()).toBe('realtime:a/b:ce/1{"n": 1}');
		expect((await v2.nextBinary()).subarray(-2)).toEqual(bytes);
		const text = await v1.next((frame) => frame.event === 'broadcast');
		expect(text.payload).toEqual({ type: 'broadcast', event: 'e/1', payload: { n: 1 } });
	});

	it('is JSON unless it says otherwise', async () => {
		const socket = await listen('untyped');
		const { status } = await fetch(`${backend.url}${path('untyped', 'e')}`, {
			method: 'POST',
			headers: { apikey: backend.publishableKey },
			body: Buffer.from('[1]')
		});
		expect(status).toBe(202);
		expect((await socket.nextBinary()).toString()).toMatch(/\[1\]$/);
	});

	it('shows the policies all headers of the request', async () => {
		const user = await bearer({ role: 'authenticated' });
		const status = async (language: string): Promise<number> => {
			const headers = { ...user, 'accept-language': language };
			return (await post(path('by header', 'e', '?private=true'), '{}', headers)).status;
		};
		expect([await status('uk'), await status('en')]).toEqual([202, 403]);
	});

	it('is kept on private topics only', async () => {
		expect(await post(path('a', 'b', '?persist=true'), '{}')).toEqual({
			status: 422,
			body: { errors: { persist: ['can only be used on private channels'] } }
		});
	});

	it('asks the policies for a private topic', async () => {
		const user = await bearer({ role: 'authenticated' });
		const socket = await listen('allowed', '2.0.0', true);
		const open = await listen('allowed');
		const allowed = await post(path('allowed', 'e', '?private=true'), '{}', user);
		expect(allowed).toEqual({ status: 202, body: null });
		await socket.nextBinary();
		await open.settle();
		expect(open.binaries).toEqual([]);
		const denied = await post(path('denied', 'e', '?private=true'), '{}', user);
		expect(denied).toEqual({ status: 403, body: { message: 'Unauthorized' } });
		const nobody = await bearer({ role: 'no_such_role' });
		const broken = await post(path('allowed', 'e', '?private=true'), '{}', nobody);
		expect(broken).toEqual({ status: 422, body: { message: 'RLS policy error' } });
	});

	it('refuses other types, sizes and names', async () => {
		expect(await post(path('a', 'b'), 'x', { 'content-type': 'text/plain' })).toEqual({
			status: 415,
			body: { error: 'Unsupported Media Type. Use application/json or application/octet-stream' }
		});
		expect(await post(path('a', 'b'), JSON.stringify('x'.repeat(999)))).toEqual({
			status: 422,
			body: { errors: { payload: ['Payload size exceeds tenant limit'] } }
		});
		expect((await post(path('a', 'b'), '{"a":')).status).toBe(400);
		expect((await post('/realtime/v1/api/broadcast/%E0%A4/events/e', '{}')).status).toBe(400);
		expect((await post(path('a\0', 'b'), '{}')).status).toBe(422);
		expect((await post(path('a'.repeat(300), 'b'), '{}')).status).toBe(422);
	});
});
