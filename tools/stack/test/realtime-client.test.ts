import { createClient } from '@supabase/supabase-js';
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';

interface Message {
	event: string;
	payload?: unknown;
	meta?: Record<string, unknown>;
}

let backend: RealtimeBackend;
const clients: SupabaseClient[] = [];

beforeAll(async () => {
	backend = await startBackend({ eventsPerSecond: 1e6 });
	await backend.sql`
		create policy "members read their room" on realtime.messages for select to authenticated
		using (realtime.topic() in (
			'room:' || (select auth.jwt() ->> 'room'), 'quiet:' || (select auth.jwt() ->> 'room')
		))`;
	await backend.sql`
		create policy "members write to their room" on realtime.messages for insert to authenticated
		with check (realtime.topic() = 'room:' || (select auth.jwt() ->> 'room')
			and extension <> 'persistence')`;
});
afterEach(async () => {
	for (const client of clients.splice(0)) await client.removeAllChannels();
});
afterAll(() => backend.close());

function connect(vsn: string, key = backend.publishableKey): SupabaseClient {
	const client = createClient(backend.url, key, {
		auth: { persistSession: false, autoRefreshToken: false },
		realtime: { transport: WebSocket as never, vsn: vsn }
	});
	clients.push(client);
	return client;
}

function subscribe(channel: RealtimeChannel): Promise<{ status: string; reason?: string }> {
	return new Promise((resolve) => {
		channel.subscribe((status, error) =>
			resolve(error ? { status, reason: error.message } : { status })
		);
	});
}

function collect(channel: RealtimeChannel): Message[] {
	const messages: Message[] = [];
	channel.on('broadcast', { event: '*' }, (message) => messages.push(message));
	return messages;
}

describe.each(['1.0.0', '2.0.0'])('realtime-js on %s', (vsn) => {
	it('broadcasts to others and acknowledges', async () => {
		const [a, b] = [connect(vsn), connect(vsn)];
		const sender = a.channel('talk', { config: { broadcast: { ack: true } } });
		const receiver = b.channel('talk');
		const [own, received] = [collect(sender), collect(receiver)];
		expect(await subscribe(sender)).toEqual({ status: 'SUBSCRIBED' });
		expect(await subscribe(receiver)).toEqual({ status: 'SUBSCRIBED' });
		const payload = { text: 'Привіт 🙂', n: 1.5, deep: { list: [null, true] } };
		expect(await sender.send({ type: 'broadcast', event: 'hi', payload })).toBe('ok');
		await expect.poll(() => received).toMatchObject([{ event: 'hi', payload }]);
		expect(received[0]).not.toHaveProperty('meta');
		expect(own).toEqual([]);
	});

	it('sends by HTTP, before and after the join', async () => {
		const [a, b] = [connect(vsn), connect(vsn)];
		const received = collect(b.channel('talk/odd name'));
		await subscribe(b.channel('talk/odd name'));
		const early = a.channel('talk/odd name');
		expect(await early.send({ type: 'broadcast', event: 'early', payload: { n: 1 } })).toBe('ok');
		expect(await early.httpSend('late/one', { n: 2 })).toEqual({ success: true });
		await expect
			.poll(() => received.map((message) => message.event))
			.toEqual(['early', 'late/one']);
	});

	it('sends to a private channel by HTTP, and waits in vain for a denied one', async () => {
		const service = connect(vsn, backend.secretKey).channel('room:6', {
			config: { private: true }
		});
		const received = collect(service);
		await subscribe(service);
		const token = await backend.token({ role: 'authenticated', room: '6' });
		const [early, member] = [connect(vsn), connect(vsn)];
		for (const client of [early, member]) await client.realtime.setAuth(token);
		const message = { type: 'broadcast', event: 'e', payload: { n: 1 } } as const;
		const config = { private: true, broadcast: { ack: true } };
		expect(await early.channel('room:6', { config }).send(message)).toBe('ok');
		await expect.poll(() => received).toMatchObject([{ event: 'e', payload: { n: 1 } }]);
		// Denied: who may listen there may not speak.
		const quiet = member.channel('quiet:6', { config });
		expect(await subscribe(quiet)).toEqual({ status: 'SUBSCRIBED' });
		expect(await quiet.send(message, { timeout: 300 })).toBe('timed out');
	});

	it('tracks presence: join, update, leave, lost connection', async () => {
		const [a, b] = [connect(vsn), connect(vsn)];
		const watcher = a.channel('who', { config: { presence: { key: 'watcher' } } });
		const guest = b.channel('who', { config: { presence: { key: 'guest' } } });
		const events: string[] = [];
		for (const event of ['join', 'leave'] as const) {
			watcher.on('presence', { event: event as 'join' }, ({ key }) =>
				events.push(`${event} ${key}`)
			);
		}
		guest.on('presence', { event: 'sync' }, () => undefined);
		await subscribe(watcher);
		expect(await watcher.track({ at: 'home' })).toBe('ok');
		await subscribe(guest);
		await expect.poll(() => guest.presenceState()).toMatchObject({ watcher: [{ at: 'home' }] });
		expect(await guest.track({ at: 'door' })).toBe('ok');
		await expect.poll(() => watcher.presenceState()).toMatchObject({ guest: [{ at: 'door' }] });
		expect(await guest.track({ at: 'table' })).toBe('ok');
		await expect.poll(() => watcher.presenceState().guest).toMatchObject([{ at: 'table' }]);
		await expect.poll(() => watcher.presenceState().guest).toHaveLength(1);
		expect(await guest.untrack()).toBe('ok');
		await expect.poll(() => Object.keys(watcher.presenceState())).toEqual(['watcher']);
		await guest.track({ at: 'table' });
		await expect.poll(() => Object.keys(watcher.presenceState())).toContain('guest');
		await b.realtime.disconnect();
		await expect.poll(() => Object.keys(watcher.presenceState())).toEqual(['watcher']);
		expect(events).toContain('join guest');
		expect(events).toContain('leave guest');
	});

	it('shows a member its own join before track resolves', async () => {
		const channel = connect(vsn).channel('me', { config: { presence: { key: 'me' } } });
		let joined = false;
		channel.on('presence', { event: 'join' }, () => (joined = true));
		await subscribe(channel);
		await channel.track({});
		expect(joined).toBe(true);
	});

	it('opens private channels to members only', async () => {
		const member = connect(vsn);
		await member.realtime.setAuth(await backend.token({ role: 'authenticated', room: '1' }));
		const config = { config: { private: true } };
		expect(await subscribe(member.channel('room:1', config))).toEqual({ status: 'SUBSCRIBED' });
		const refused = await subscribe(member.channel('room:2', config));
		expect(refused).toEqual({
			status: 'CHANNEL_ERROR',
			reason: 'Unauthorized: You do not have permissions to read from this Channel topic: room:2'
		});
		const anonymous = await subscribe(connect(vsn).channel('room:1', config));
		expect(anonymous.status).toBe('CHANNEL_ERROR');
		const service = connect(vsn, backend.secretKey);
		expect((await subscribe(service.channel('room:2', config))).status).toBe('SUBSCRIBED');
	});

	it('delivers what the database sends', async () => {
		const member = connect(vsn);
		await member.realtime.setAuth(await backend.token({ role: 'authenticated', room: '3' }));
		const channel = member.channel('room:3', { config: { private: true } });
		const received = collect(channel);
		await subscribe(channel);
		await backend.sql`select realtime.send('{"text":"з бази"}', 'note', 'room:3')`;
		await expect.poll(() => received).toHaveLength(1);
		const [message] = received;
		const { id } = message?.payload as { id: string };
		expect(message).toMatchObject({ event: 'note', payload: { text: 'з бази', id }, meta: { id } });
	});

	it('moves binary payloads where the serializer can', async () => {
		const [a, b] = [connect(vsn), connect('2.0.0')];
		const received = collect(b.channel('bytes'));
		await subscribe(b.channel('bytes'));
		const sender = a.channel('bytes');
		const { buffer } = new Uint8Array([1, 2, 255]);
		expect(await sender.httpSend('raw', buffer)).toEqual({ success: true });
		await expect.poll(() => received).toHaveLength(1);
		expect(new Uint8Array(received[0]?.payload as ArrayBuffer)).toEqual(
			new Uint8Array([1, 2, 255])
		);
	});

	it('replays to a private channel', async () => {
		const watcher = connect(vsn, backend.secretKey).channel('room:4', {
			config: { private: true }
		});
		const live = collect(watcher);
		await subscribe(watcher);
		for (const n of [1, 2, 3]) {
			await backend.sql`
				select realtime.send(${backend.sql.json({ n })}, 'note', 'room:4', true)`;
		}
		// Otherwise the first might still come live.
		await expect.poll(() => live).toHaveLength(3);
		const member = connect(vsn);
		await member.realtime.setAuth(await backend.token({ role: 'authenticated', room: '4' }));
		const since = Date.now() - 60_000;
		const channel = member.channel('room:4', {
			config: { private: true, broadcast: { replay: { since, limit: 2 } } }
		});
		const received = collect(channel);
		await subscribe(channel);
		await expect.poll(() => received).toHaveLength(2);
		expect(received).toMatchObject([
			{ payload: { n: 2 }, meta: { replayed: true } },
			{ payload: { n: 3 }, meta: { replayed: true } }
		]);
	});

	it('stores what is sent with persist, for replay', async () => {
		const topic = `kept ${vsn}`;
		const config = { private: true, broadcast: { ack: true } };
		const sender = connect(vsn, backend.secretKey).channel(topic, { config });
		const live = connect(vsn, backend.secretKey).channel(topic, { config });
		const received = collect(live);
		await Promise.all([subscribe(sender), subscribe(live)]);
		expect(await sender.httpSend('kept', { n: 1 }, { persist: { ttl: 60 } })).toEqual({
			success: true
		});
		expect(await sender.httpSend('passing', { n: 2 })).toEqual({ success: true });
		const message = { type: 'broadcast', event: 'kept', payload: { n: 3 }, persist: true } as const;
		// The client knows that 1.0.0 cannot carry the wish.
		expect(await sender.send(message)).toBe(vsn === '2.0.0' ? 'ok' : 'error');
		const sent = vsn === '2.0.0' ? [1, 2, 3] : [1, 2];
		await expect
			.poll(() => received.map(({ payload }) => payload))
			.toEqual(sent.map((n) => ({ n })));
		const late = connect(vsn, backend.secretKey).channel(topic, {
			config: { private: true, broadcast: { replay: { since: Date.now() - 60_000 } } }
		});
		const replayed = collect(late);
		await subscribe(late);
		const kept = sent.filter((n) => n !== 2);
		await expect
			.poll(() => replayed.map(({ payload }) => payload))
			.toEqual(kept.map((n) => ({ n })));
		// Nothing that was stored is delivered a second time.
		await backend.sql`select realtime.send('{"n": 4}', 'last', ${topic})`;
		await expect.poll(() => received.at(-1)?.event).toBe('last');
		expect(received).toHaveLength(sent.length + 1);
	});

	it('delivers but does not store where the policies say so', async () => {
		const token = await backend.token({ role: 'authenticated', room: 'transient' });
		const member = createClient(backend.url, backend.publishableKey, {
			accessToken: () => Promise.resolve(token),
			realtime: { transport: WebSocket as never, vsn }
		});
		clients.push(member);
		await member.realtime.setAuth();
		const channel = member.channel('room:transient', {
			config: { private: true, broadcast: { ack: true } }
		});
		await subscribe(channel);
		await channel.httpSend('e', { n: 1 }, { persist: true });
		if (vsn === '2.0.0') {
			const answer = await channel.send({
				type: 'broadcast',
				event: 'e',
				payload: {},
				persist: true
			});
			expect(answer).toBe('Unable to store the message on this Channel topic: room:transient');
		}
		const rows = await backend.sql`
			select from realtime.messages where topic = 'room:transient'`;
		expect(rows).toHaveLength(0);
	});

	it('ends a channel whose token expires and leaves the socket open', async () => {
		const client = connect(vsn);
		await client.realtime.setAuth(await backend.token({ role: 'authenticated', room: '5' }, 2));
		const channel = client.channel('room:5', { config: { private: true } });
		const statuses: string[] = [];
		const systems: unknown[] = [];
		channel.on('system', {}, (message: unknown) => systems.push(message));
		channel.subscribe((status) => statuses.push(status));
		await expect.poll(() => statuses).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(systems).toEqual([
			{
				extension: 'system',
				status: 'error',
				message: expect.stringMatching(/^Token has expired [01] seconds ago$/) as string,
				channel: 'room:5'
			}
		]);
		expect(client.realtime.isConnected()).toBe(true);
	});
});

it('comes back by itself when the server restarts', async () => {
	const client = connect('2.0.0');
	const channel = client.channel('again');
	const received = collect(channel);
	const statuses: string[] = [];
	channel.subscribe((status) => statuses.push(status));
	await expect.poll(() => statuses).toEqual(['SUBSCRIBED']);
	await backend.restartRealtime();
	await expect.poll(() => statuses.at(-1) === 'SUBSCRIBED' && statuses.length > 1).toBe(true);
	await backend.sql`select realtime.send('{}', 'back', 'again', false)`;
	await expect.poll(() => received).toMatchObject([{ event: 'back' }]);
});
