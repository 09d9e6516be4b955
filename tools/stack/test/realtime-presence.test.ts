import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';
import type { RawFrame } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({ payloadBytes: 1000, presenceCalls: 20 });
	await backend.sql.unsafe(`
		create policy "readers see" on realtime.messages for select to authenticated
			using (extension = any (string_to_array(auth.jwt() ->> 'reads', ',')));
		create policy "writers track" on realtime.messages for insert to authenticated
			with check (extension = any (string_to_array(auth.jwt() ->> 'writes', ',')));`);
});
afterEach(() => {
	for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => backend.close());

const isDiff = (frame: RawFrame): boolean => frame.event === 'presence_diff';

async function enter(
	topic: string,
	presence: Record<string, unknown>,
	claims?: Record<string, unknown>
): Promise<RawSocket> {
	const socket = await RawSocket.open(backend);
	opened.push(socket);
	const access = claims && (await backend.token({ role: 'authenticated', ...claims }));
	const config = { presence, private: claims !== undefined };
	const reply = await socket.join(
		`realtime:${topic}`,
		config,
		access ? { access_token: access } : {}
	);
	expect(reply.payload.status).toBe('ok');
	return socket;
}

function call(socket: RawSocket, topic: string, event: string, payload?: unknown): string {
	return socket.send(`realtime:${topic}`, 'presence', { type: 'presence', event, payload });
}

async function answer(socket: RawSocket, ref: string): Promise<unknown> {
	return (await socket.next((frame) => frame.ref === ref)).payload;
}

const ok = { status: 'ok', response: {} };

describe('presence', () => {
	it('sends the state after the join and diffs to all, the tracker before its reply', async () => {
		const first = await enter('room', { key: 'a', enabled: true });
		const empty = await first.next((frame) => frame.event === 'presence_state');
		expect(empty.payload).toEqual({});
		expect(empty.ref).toBeNull();
		expect(empty.joinRef).not.toBeNull();
		const ref = call(first, 'room', 'TRACK', { at: 1 });
		const own = await first.next((frame) => isDiff(frame) || frame.ref === ref);
		expect(own).toMatchObject({ joinRef: null, ref: null, event: 'presence_diff' });
		const meta = own.payload.joins.a?.metas[0];
		expect(own.payload).toEqual({
			joins: { a: { metas: [{ at: 1, phx_ref: meta?.phx_ref }] } },
			leaves: {}
		});
		expect(await answer(first, ref)).toEqual(ok);
		const second = await enter('room', { key: 'b', enabled: true });
		const state = await second.next((frame) => frame.event === 'presence_state');
		expect(state.payload).toEqual({ a: { metas: [meta] } });
	});

	it('replaces the meta of a second track and says nothing about the same one again', async () => {
		const socket = await enter('update', { key: 'a' });
		call(socket, 'update', 'track', { at: 1 });
		const old = (await socket.next(isDiff)).payload.joins.a?.metas[0];
		expect(await answer(socket, call(socket, 'update', 'track', { at: 1 }))).toEqual(ok);
		call(socket, 'update', 'track', { at: 2 });
		const update = (await socket.next(isDiff)).payload;
		expect(update.leaves).toEqual({ a: { metas: [old] } });
		expect(update.joins.a?.metas).toMatchObject([{ at: 2, phx_ref_prev: old?.phx_ref }]);
		expect(update.joins.a?.metas[0]?.phx_ref).not.toBe(old?.phx_ref);
	});

	it('keeps one meta per channel under a shared key, whatever the key is called', async () => {
		for (const key of ['shared', '__proto__', 'constructor', 'ключ']) {
			const [a, b] = [await enter(key, { key }), await enter(key, { key })];
			const watcher = await enter(key, { key: 'w', enabled: true });
			for (const [index, socket] of [a, b].entries()) {
				call(socket, key, 'track', { index });
				await watcher.next(isDiff);
			}
			const late = await enter(key, { key: 'l', enabled: true });
			const { payload } = await late.next((frame) => frame.event === 'presence_state');
			expect(Object.entries(payload)).toMatchObject([
				[key, { metas: [{ index: 0 }, { index: 1 }] }]
			]);
			a.close();
			const { leaves } = (await watcher.next(isDiff)).payload;
			expect(Object.entries(leaves as object)).toMatchObject([[key, { metas: [{ index: 0 }] }]]);
		}
	});

	it('makes a key of its own for whoever has none, and takes numbers', async () => {
		const watcher = await enter('keys', {});
		for (const [key, expected] of [
			['', /^[0-9a-f-]{36}$/],
			[null, /^[0-9a-f-]{36}$/],
			[7, /^7$/]
		] as const) {
			call(await enter('keys', { key }), 'keys', 'track', {});
			const { joins } = (await watcher.next(isDiff)).payload;
			expect(Object.keys(joins as object)).toEqual([expect.stringMatching(expected)]);
		}
	});

	it('leaves on untrack, on leaving, on joining again and with the socket', async () => {
		const watcher = await enter('leave', {});
		const socket = await enter('leave', { key: 'a' });
		const leaves = async (): Promise<unknown> =>
			Object.keys(
				(await watcher.next((frame) => isDiff(frame) && 'a' in frame.payload.leaves)).payload.leaves
			);
		call(socket, 'leave', 'track', {});
		expect(await answer(socket, call(socket, 'leave', 'untrack'))).toEqual(ok);
		expect(await leaves()).toEqual(['a']);
		call(socket, 'leave', 'track', {});
		await socket.join('realtime:leave', { presence: { key: 'a' } });
		expect(await leaves()).toEqual(['a']);
		call(socket, 'leave', 'track', {});
		const ref = socket.send('realtime:leave', 'phx_leave');
		expect(await answer(socket, ref)).toEqual(ok);
		expect(await leaves()).toEqual(['a']);
		await socket.join('realtime:leave', { presence: { key: 'a' } });
		call(socket, 'leave', 'track', {});
		await socket.next(isDiff);
		socket.close();
		expect(await leaves()).toEqual(['a']);
	});

	it('answers calls it cannot follow', async () => {
		const socket = await enter('odd', {});
		const error = { status: 'error', response: {} };
		const noMap = { status: 'error', response: { reason: 'Presence track payload must be a map' } };
		expect(await answer(socket, call(socket, 'odd', 'dance'))).toEqual(error);
		expect(await answer(socket, call(socket, 'odd', 'track', [1]))).toEqual(noMap);
		expect(await answer(socket, call(socket, 'odd', 'track', 'x'))).toEqual(noMap);
		expect(await answer(socket, socket.send('realtime:odd', 'presence', {}))).toEqual(ok);
		expect(await answer(socket, call(socket, 'odd', 'track'))).toEqual(ok);
		call(socket, 'odd', 'track', { x: 'x'.repeat(1000) });
		const system = await socket.next((frame) => frame.event === 'system');
		expect(system.payload.message).toBe('Track message size exceeded');
		await socket.next((frame) => frame.event === 'phx_close');
	});
});

describe('presence in a private channel', () => {
	it('is shown to readers of presence only', async () => {
		const both = { reads: 'broadcast,presence', writes: 'presence' };
		const reader = await enter('private', { enabled: true }, both);
		const deaf = await enter('private', { enabled: true }, { reads: 'broadcast' });
		await reader.next((frame) => frame.event === 'presence_state');
		const tracker = await enter('private', { key: 't', enabled: true }, both);
		expect(await answer(tracker, call(tracker, 'private', 'track', {}))).toEqual(ok);
		expect((await reader.next(isDiff)).payload.joins).toHaveProperty('t');
		await deaf.settle();
		expect(deaf.frames.map((frame) => frame.event)).toEqual(['phx_reply', 'phx_reply']);
	});

	it('needs the right to write it', async () => {
		const socket = await enter(
			'private2',
			{ enabled: true },
			{ reads: 'presence', writes: 'broadcast' }
		);
		expect(await answer(socket, call(socket, 'private2', 'track', {}))).toEqual({
			status: 'error',
			response: {}
		});
		expect(socket.frames.some(isDiff)).toBe(false);
	});

	it('asks on the first track when the join did not', async () => {
		const claims = { reads: 'broadcast,presence', writes: 'presence' };
		const socket = await enter('private3', { key: 'late', enabled: false }, claims);
		call(socket, 'private3', 'track', {});
		expect((await socket.next(isDiff)).payload.joins).toHaveProperty('late');
		expect(socket.frames.some((frame) => frame.event === 'presence_state')).toBe(false);
	});
});
