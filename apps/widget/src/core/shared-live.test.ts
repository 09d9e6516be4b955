import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RealtimeServer } from '../../test/support/realtime.ts';
import { message } from '../../test/support/message.ts';
import { SharedLive } from './shared-live.ts';

let http: Server;
let server: RealtimeServer;
let conversationId: string;
let tabs: SharedLive[];

beforeEach(async () => {
	tabs = [];
	conversationId = crypto.randomUUID();
	http = createServer();
	server = new RealtimeServer(http);
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
	tabs.forEach((tab) => tab.close());
	server.close();
	await new Promise((resolve) => http.close(resolve));
});

const until = (condition: () => unknown) =>
	vi.waitFor(() => expect(condition()).toBeTruthy(), { timeout: 8000, interval: 5 });

function openTab(patienceMs = 3000) {
	const heard: string[] = [];
	const joins: boolean[] = [];
	const hints: string[] = [];
	const live = new SharedLive(
		{
			apiUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
			publishableKey: 'sb_publishable_test',
			siteId: 'site',
			conversationId,
			token: () => Promise.resolve('token'),
			onmessage: ({ body }) => heard.push(body),
			onreaction: () => undefined,
			onrow: () => undefined,
			onread: () => undefined,
			ontyping: () => undefined,
			onsite: () => undefined,
			onhint: (about) => about === 'conversations' && hints.push(about),
			onbeat: () => undefined,
			onjoined: (joined) => joins.push(joined)
		},
		patienceMs
	);
	tabs.push(live);
	return { live, heard, joins, hints };
}

const say = (body: string) =>
	server.broadcast(`conversation:${conversationId}`, 'message_created', message(1, { body }));

describe('SharedLive', () => {
	it('has one socket for all tabs, and all of them hear', async () => {
		const one = openTab();
		await until(() => one.live.joined);
		const two = openTab();
		const three = openTab();
		await until(() => two.live.joined && three.live.joined);
		expect(server.connections).toBe(1);
		say('Hello');
		await until(() => one.heard.length && two.heard.length && three.heard.length);
		expect([one.heard, two.heard, three.heard]).toEqual([['Hello'], ['Hello'], ['Hello']]);
	});

	it('gives the socket to another tab when the one that had it goes, which then catches up', async () => {
		const one = openTab();
		await until(() => one.live.joined);
		const two = openTab();
		await until(() => two.live.joined);
		one.live.close();
		await until(() => two.live.leads && two.live.joined);
		// Joined, lost, joined again: what was missed in between is fetched at the last.
		expect(two.joins).toEqual([true, false, true]);
		await until(() => server.connections === 1);
		say('Still here');
		await until(() => two.heard.length);
		expect(one.heard).toEqual([]);
	});

	it('takes the socket over from a tab that holds the lock and is frozen', async () => {
		const frozen = new AbortController();
		const name = `chatiq:live:${conversationId}`;
		const held = navigator.locks
			.request(name, () => new Promise((resolve) => (frozen.signal.onabort = resolve)))
			.catch((error: unknown) => (error as Error).name);
		const tab = openTab(100);
		await until(() => tab.live.joined);
		expect(await held).toBe('AbortError');
	});

	it('is a follower after it woke up, when another tab has taken its place', async () => {
		const one = openTab(100);
		await until(() => one.live.joined);
		const two = openTab(100);
		await until(() => two.live.joined);
		one.live.suspend();
		await until(() => two.live.leads && two.live.joined);
		one.live.nudge();
		await until(() => one.live.joined);
		expect(one.live.leads).toBe(false);
		expect(server.connections).toBe(1);
	});

	it('hears of other conversations, whichever tab asks, and has them looked at again once it does', async () => {
		const one = openTab();
		await until(() => one.live.joined);
		const two = openTab();
		await until(() => two.live.joined);
		two.live.watch(['other']);
		// Something may have happened there between the list, which named it, and the join.
		await until(() => one.hints.length === 1 && two.hints.length === 1);
		expect(server.joined('conversation:other')).toBe(true);
		server.broadcast('conversation:other', 'message_created', message(2));
		await until(() => one.hints.length === 2 && two.hints.length === 2);
		expect([...one.hints, ...two.hints]).toEqual(Array<string>(4).fill('conversations'));
	});

	it('passes typing on to the tab that has the socket', async () => {
		const one = openTab();
		await until(() => one.live.joined && server.joined(`conversation:${conversationId}:typing`));
		const two = openTab();
		await until(() => two.live.joined);
		two.live.sendTyping({ author_kind: 'visitor', author_id: 'v', name: '' });
		await until(() =>
			server.log.includes(`broadcast realtime:conversation:${conversationId}:typing`)
		);
	});

	it('has a socket of its own where tabs cannot speak to each other', async () => {
		vi.stubGlobal('BroadcastChannel', undefined);
		try {
			const one = openTab();
			const two = openTab();
			await until(() => one.live.joined && two.live.joined);
			expect(server.connections).toBe(2);
		} finally {
			vi.unstubAllGlobals();
		}
	});
});
