import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post } from './request.ts';

let server: Server;
let answer: { status: number; body: string; headers?: Record<string, string> };

beforeEach(async () => {
	server = createServer((_, response) => {
		response.writeHead(answer.status, answer.headers);
		response.end(answer.body);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const send = () =>
	post(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
		contentType: 'application/json',
		body: {}
	});

describe('post', () => {
	it.each([
		[
			'an edge function',
			429,
			'{"error":{"code":"rate_limited","message":"Slow down","retry_after":7}}',
			{ code: 'rate_limited', retryAfterMs: 7000, temporary: true }
		],
		[
			'an SQL function',
			429,
			'{"code":"PT429","message":"rate_limited","details":"{\\"retry_after\\":9}","hint":null}',
			{ code: 'rate_limited', retryAfterMs: 9000, temporary: true }
		],
		[
			'an SQL function that refuses for good',
			422,
			'{"code":"PT422","message":"message_too_long","details":null,"hint":null}',
			{ code: 'message_too_long', retryAfterMs: null, temporary: false }
		],
		[
			'the Data API itself',
			403,
			'{"code":"42501","message":"permission denied for table x","details":null,"hint":null}',
			{ code: null, temporary: false }
		],
		['a token that has ended', 401, '{"code":"PGRST301"}', { code: null, temporary: true }],
		[
			'an identity that is not good',
			401,
			'{"error":{"code":"identity_invalid"}}',
			{ code: 'identity_invalid', temporary: false }
		],
		['a gateway without a server', 502, '<html>Bad gateway', { code: null, temporary: true }],
		["a hotel's login page", 200, '<html>Welcome', { code: null, temporary: true }]
	])('understands the refusal of %s', async (_, status, body, failure) => {
		answer = { status, body };
		await expect(send()).rejects.toMatchObject(failure);
	});

	it('reads how long to wait from the header when the body does not say', async () => {
		answer = { status: 503, body: '', headers: { 'retry-after': '3' } };
		await expect(send()).rejects.toMatchObject({ retryAfterMs: 3000, temporary: true });
	});

	it('takes null for an answer like any other', async () => {
		answer = { status: 200, body: 'null' };
		await expect(send()).resolves.toBeNull();
	});
});
