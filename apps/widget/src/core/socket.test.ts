import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RealtimeServer } from '../../test/support/realtime.ts';
import { decodeFrame } from './frames.ts';
import { Socket } from './socket.ts';

let http: Server;
let server: RealtimeServer;
let sockets: Socket[];

beforeEach(async () => {
	sockets = [];
	http = createServer();
	server = new RealtimeServer(http);
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
	sockets.forEach((socket) => socket.close());
	server.close();
	await new Promise((resolve) => http.close(resolve));
});

/** A client whose token is `token 1`, `token 2` … : a refused one is followed by the next. */
function setup({ heartbeatMs = 25_000, patienceMs = 2000 } = {}) {
	const state = { token: 1, joins: 0, losses: 0, events: [] as unknown[] };
	const socket = new Socket({
		url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/realtime/v1/websocket`,
		publishableKey: 'sb_publishable_test',
		heartbeatMs,
		patienceMs,
		token: (refused) => {
			if (refused !== null) state.token++;
			return Promise.resolve(`token ${state.token}`);
		}
	});
	sockets.push(socket);
	const join = (topic: string) =>
		socket.join(topic, {
			onevent: (event, payload) => state.events.push([event, payload]),
			onjoined: (joined) => (joined ? state.joins++ : state.losses++)
		});
	return { socket, state, join };
}

const until = (condition: () => unknown) =>
	vi.waitFor(() => expect(condition()).toBeTruthy(), { timeout: 8000, interval: 5 });

describe('Socket', () => {
	it('joins a private topic with the token in the frame and never in the address', async () => {
		const { join } = setup();
		let address = '';
		http.on('upgrade', ({ url }) => (address = String(url)));
		const channel = join('conversation:1');
		await until(() => channel.joined);
		expect(server.tokens).toEqual(['token 1']);
		expect(address).toMatch(/apikey=sb_publishable_test&vsn=2\.0\.0$/);
		expect(address).not.toMatch(/token/);
	});

	it('hears the database, which speaks binary, and clients, which speak text', async () => {
		const { join, state } = setup();
		const channel = join('conversation:1');
		await until(() => channel.joined);
		server.broadcast('conversation:1', 'message_created', { body: 'Привіт 👋' });
		server.broadcastText('conversation:1', 'typing', { name: 'Olena' });
		await until(() => state.events.length === 2);
		expect(state.events).toEqual([
			['message_created', { body: 'Привіт 👋' }],
			['typing', { name: 'Olena' }]
		]);
	});

	it('comes back at once after a cut, and joins everything again', async () => {
		const { join, state } = setup();
		const channels = [join('conversation:1'), join('conversation:1:typing')];
		await until(() => state.joins === 2);
		const begin = performance.now();
		server.cut();
		await until(() => state.joins === 4);
		expect(performance.now() - begin).toBeLessThan(1000);
		expect(state.losses).toBe(2);
		expect(channels.every((channel) => channel.joined)).toBe(true);
	});

	it('notices a connection that is only half open', async () => {
		const { join, state } = setup({ heartbeatMs: 30, patienceMs: 60 });
		join('conversation:1');
		await until(() => state.joins === 1);
		server.deaf = true;
		await until(() => state.losses === 1);
		server.deaf = false;
		await until(() => state.joins >= 2);
	});

	it('checks the line when nudged', async () => {
		const { join, socket, state } = setup({ patienceMs: 60 });
		join('conversation:1');
		await until(() => state.joins === 1);
		server.deaf = true;
		socket.nudge();
		await until(() => state.losses === 1);
	});

	it('takes a new token where the old one was refused', async () => {
		const { join } = setup();
		server.refuse = (_, token) =>
			token === 'token 1' ? 'InvalidJWTToken: Token has expired 3 seconds ago' : null;
		const channel = join('conversation:1');
		await until(() => channel.joined);
		expect(server.tokens).toEqual(['token 1', 'token 2']);
	});

	it('comes back to a topic that the server has closed', async () => {
		const { join, state } = setup();
		const channel = join('conversation:1');
		await until(() => channel.joined);
		server.end('conversation:1', 'Token has expired 0 seconds ago');
		await until(() => state.joins === 2);
		expect(server.tokens.at(-1)).toBe('token 2');
	});

	it('pushes a renewed token to what is joined', async () => {
		const { join, socket, state } = setup();
		const channel = join('conversation:1');
		await until(() => channel.joined);
		await socket.renewToken();
		state.token = 2;
		await socket.renewToken();
		await until(() => server.tokens.length === 2);
		expect(server.tokens).toEqual(['token 1', 'token 2']);
		expect(server.log.filter((line) => line.startsWith('access_token'))).toHaveLength(1);
	});

	it('ends with a leave and without a reconnect', async () => {
		const { join, socket, state } = setup();
		const channel = join('conversation:1');
		await until(() => channel.joined);
		socket.close();
		await until(() => server.connections === 0);
		expect(server.log.at(-1)).toBe('phx_leave realtime:conversation:1');
		socket.nudge();
		expect(server.connections).toBe(0);
		expect(state.joins).toBe(1);
	});

	it('sleeps with the page and wakes with it', async () => {
		const { join, socket, state } = setup();
		join('conversation:1');
		await until(() => state.joins === 1);
		socket.suspend();
		await until(() => server.connections === 0);
		socket.nudge();
		await until(() => state.joins === 2);
	});
});

describe('decodeFrame', () => {
	it('reads the vector of the protocol description', () => {
		const head = '040f020001';
		const topic = Buffer.from('realtime:room:1').toString('hex');
		const hex = `${head}${topic}6576${Buffer.from('{"a":1}').toString('hex')}`;
		const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
		expect(decodeFrame(bytes.buffer)).toMatchObject({
			topic: 'realtime:room:1',
			event: 'broadcast',
			payload: { event: 'ev', payload: { a: 1 } }
		});
	});

	it.each(['{"topic":"x"}', '[1,2]', 'null'])('has no use for %s', (raw) => {
		expect(decodeFrame(raw)).toBeNull();
	});

	it('leaves out binary payloads and other kinds', () => {
		expect(decodeFrame(Uint8Array.from([4, 1, 1, 0, 0, 97, 98, 1, 2]).buffer)).toBeNull();
		expect(decodeFrame(Uint8Array.from([2, 1, 1, 0, 1, 97, 98]).buffer)).toBeNull();
	});
});
