import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';
import type { RawFrame } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({ databaseWaitMs: 5000, tokenCheckMs: 60_000 });
});
beforeEach(async () => {
	await backend.sql.unsafe(`
		create policy "read" on realtime.messages for select to anon, authenticated
			using (extension = any (string_to_array(auth.jwt() ->> 'reads', ',')));
		create policy "write" on realtime.messages for insert to anon, authenticated
			with check (extension = any (string_to_array(auth.jwt() ->> 'writes', ',')));`);
});
afterEach(async () => {
	for (const socket of opened.splice(0)) socket.close();
	const policies = await backend.sql<{ policyname: string }[]>`
		select policyname from pg_policies where schemaname = 'realtime'`;
	for (const { policyname } of policies) {
		await backend.sql`drop policy ${backend.sql(policyname)} on realtime.messages`;
	}
});
afterAll(() => backend.close());

async function open(options?: Parameters<typeof RawSocket.open>[1]): Promise<RawSocket> {
	const socket = await RawSocket.open(backend, options);
	opened.push(socket);
	return socket;
}

async function join(
	claims: Record<string, unknown>,
	config: Record<string, unknown> = {},
	topic = 'secret'
) {
	const socket = await open();
	const access_token = await backend.token({ role: 'authenticated', ...claims });
	const reply = await socket.join(
		`realtime:${topic}`,
		{ private: true, ...config },
		{ access_token }
	);
	return { socket, status: reply.payload.status, reply };
}

async function refresh(socket: RawSocket, claims: Record<string, unknown>, expiresIn?: number) {
	const access_token = await backend.token({ role: 'authenticated', ...claims }, expiresIn);
	socket.send('realtime:secret', 'access_token', { access_token });
}

/** Sends with ack and tells whether it was taken; a denied message has no answer at all. */
async function accepted(socket: RawSocket, topic = 'secret'): Promise<boolean> {
	const ref = socket.send(`realtime:${topic}`, 'broadcast', { event: 'x', payload: {} });
	// Answered in order: once this is, the broadcast was taken or dropped.
	const after = socket.send('realtime:other', 'phx_leave');
	const isAnswer = (frame: RawFrame): boolean => frame.ref === ref || frame.ref === after;
	return (await socket.next(isAnswer)).ref === ref;
}

const receivedCount = (socket: RawSocket): number =>
	socket.frames.filter((frame) => frame.event === 'broadcast').length;

const system = async (socket: RawSocket): Promise<string> => {
	const frame = await socket.next(({ event }) => event === 'system');
	await socket.next(({ event }) => event === 'phx_close');
	return frame.payload.message;
};

/** Waits for the one session that asks a slow policy right now. */
async function probing(): Promise<number> {
	const find = () => backend.sql<{ pid: number }[]>`
		select pid from pg_stat_activity
		where application_name = 'realtime' and wait_event = 'PgSleep'`;
	await expect.poll(find, { interval: 1 }).toHaveLength(1);
	return (await find())[0]?.pid ?? 0;
}

/** Ends the session that asks, as the death of its process does. */
async function cutProbe(): Promise<void> {
	await backend.sql`select pg_terminate_backend(${await probing()})`;
}

/** As a statement timeout does. */
async function cancelProbe(): Promise<void> {
	await backend.sql`select pg_cancel_backend(${await probing()})`;
}

function postPrivately(token: string): Promise<Response> {
	return fetch(`${backend.url}/realtime/v1/api/broadcast/secret/events/e?private=true`, {
		method: 'POST',
		headers: { authorization: `Bearer ${token}` },
		body: Buffer.from('{}')
	});
}

it.each([
	['read', 'for select to authenticated using'],
	['write', 'for insert to authenticated with check']
])('a session that dies while a policy on who may %s is asked is replaced', async (_, asked) => {
	await backend.sql.unsafe(
		`create policy "slow" on realtime.messages as restrictive ${asked}
			(exists (select from pg_sleep(0.3)))`
	);
	const both = 'broadcast,presence';
	const acking = { broadcast: { ack: true } };
	const sent = join({ reads: both, writes: both }, acking).then(async ({ socket, status }) => [
		status,
		await accepted(socket)
	]);
	await cutProbe();
	expect(await sent).toEqual(['ok', true]);
});

it('a policy that is cancelled refuses, and says so', async () => {
	for (const asked of [
		'for select to authenticated using',
		'for insert to authenticated with check'
	]) {
		await backend.sql.unsafe(
			`create policy "slow ${asked.slice(4, 10)}" on realtime.messages as restrictive ${asked}
				(exists (select from pg_sleep(5)))`
		);
	}
	const joining = join({ reads: 'broadcast' });
	await cancelProbe();
	expect((await joining).reply.payload.response.reason).toBe(
		'QueryCanceled: Query was cancelled, please try again'
	);
	const writer = await backend.token({ role: 'authenticated', writes: 'broadcast' });
	const posting = postPrivately(writer);
	await cancelProbe();
	const answer = await posting;
	expect([answer.status, await answer.json()]).toEqual([422, { message: 'Query canceled' }]);
});

it('a partition that cannot be made is missed by name', async () => {
	const today = new Date().toISOString().slice(0, 10).replaceAll('-', '_');
	const reader = await backend.sql.reserve();
	await backend.sql.unsafe(`drop table realtime.messages_${today}`);
	await reader`begin`;
	await reader`lock table realtime.messages in access share mode`;
	const posting = postPrivately(await backend.token({ role: 'authenticated' }));
	const { reply } = await join({ reads: 'broadcast' });
	expect(reply.payload.response.reason).toBe(
		'MissingPartition: Realtime was unable to find the expected messages partition'
	);
	const answer = await posting;
	expect([answer.status, await answer.json()]).toEqual([
		422,
		{ message: 'Missing messages partition' }
	]);
	await reader`rollback`;
	reader.release();
	expect((await join({ reads: 'broadcast' })).status).toBe('ok');
});

describe('a private join', () => {
	it('needs a read policy that says yes, and leaves no trace', async () => {
		expect((await join({ reads: 'broadcast' })).status).toBe('ok');
		expect((await join({ reads: 'presence' })).status).toBe('error');
		expect((await join({ reads: 'presence' }, { presence: { enabled: true } })).status).toBe('ok');
		const { reply } = await join({});
		expect(reply.payload.response.reason).toBe(
			'Unauthorized: You do not have permissions to read from this Channel topic: secret'
		);
		const [count] = await backend.sql<{ rows: number }[]>`
			select count(*)::int as rows from realtime.messages`;
		expect(count?.rows).toBe(0);
	});

	it('is refused by a policy that raises, by a missing role and by no policy', async () => {
		const refused =
			'Unauthorized: You do not have permissions to read from this Channel topic: secret';
		const reason = async (claims: Record<string, unknown>): Promise<unknown> =>
			(await join(claims)).reply.payload.response.reason;
		expect(await reason({ role: 'no_such_role' })).toBe(refused);
		await backend.sql`drop policy "read" on realtime.messages`;
		expect(await reason({ reads: 'broadcast' })).toBe(refused);
		await backend.sql`
			create policy "raise" on realtime.messages for select to authenticated
			using (1 / (0 * length(topic)) = 1)`;
		expect(await reason({ reads: 'broadcast' })).toBe(refused);
	});

	it('asks with a row that is neither private nor has an event or a payload', async () => {
		await backend.sql`drop policy "read" on realtime.messages`;
		const allowedBy = async (condition: string): Promise<string> => {
			await backend.sql.unsafe(
				`create policy "row" on realtime.messages for select to authenticated using (${condition})`
			);
			const { status } = await join({});
			await backend.sql`drop policy "row" on realtime.messages`;
			return status;
		};
		expect(await allowedBy('private')).toBe('error');
		expect(await allowedBy('event is not null or payload is not null')).toBe('error');
		expect(
			await allowedBy(`abs(extract(epoch from inserted_at - timezone('utc', now()))) < 60`)
		).toBe('ok');
	});

	it('asks for the replay as for the messages', async () => {
		const config = { presence: { enabled: true }, broadcast: { replay: { since: 1 } } };
		const { reply } = await join({ reads: 'presence' }, config);
		expect(reply.payload.response.reason).toBe(
			'Unauthorized: You do not have permissions to read from this Channel topic: secret'
		);
	});

	it('shows policies topic, claims and the headers of the handshake', async () => {
		await backend.sql`drop policy "read" on realtime.messages`;
		await backend.sql`
			create policy "see" on realtime.messages for select to authenticated using (
				realtime.topic() = 'see:it' and topic = 'see:it' and auth.uid() is not null
				and auth.jwt() -> 'app' ->> 'plan' = 'it''s "big"'
				and current_setting('request.jwt.claim.sub') = auth.jwt() ->> 'sub'
				and current_setting('request.jwt.claim.role') = current_user
				and current_setting('request.headers')::jsonb ->> 'x-tenant' = 'acme'
			)`;
		const sub = '00000000-0000-4000-8000-000000000001';
		const access_token = await backend.token({
			role: 'authenticated',
			sub,
			app: { plan: 'it\'s "big"' }
		});
		const socket = await open({ headers: { 'x-tenant': 'acme' } });
		const config = { private: true };
		const seen = await socket.join('realtime:see:it', config, { access_token });
		expect(seen.payload.status).toBe('ok');
		const other = await socket.join('realtime:see:them', config, { access_token });
		expect(other.payload.status).toBe('error');
		const bare = await (await open()).join('realtime:see:it', config, { access_token });
		expect(bare.payload.status).toBe('error');
	});

	it('uses the key of the connection when it brings no token', async () => {
		const socket = await open({ key: await backend.token({ role: 'anon', reads: 'broadcast' }) });
		expect((await socket.join('realtime:secret', { private: true })).payload.status).toBe('ok');
		const plain = await open();
		expect((await plain.join('realtime:secret', { private: true })).payload.status).toBe('error');
	});
});

describe('sending to a private channel', () => {
	const ack = { broadcast: { ack: true } };

	it('needs a write policy; what is denied vanishes without an answer', async () => {
		const listener = await join({ reads: 'broadcast' });
		const writer = await join({ reads: 'broadcast', writes: 'broadcast' }, ack);
		const reader = await join({ reads: 'broadcast' }, ack);
		expect(await accepted(reader.socket)).toBe(false);
		expect(await accepted(writer.socket)).toBe(true);
		await listener.socket.next((frame) => frame.event === 'broadcast');
		await listener.socket.settle();
		expect(receivedCount(listener.socket)).toBe(1);
	});

	it('needs no right to read what is sent', async () => {
		const config = { ...ack, presence: { enabled: true } };
		const { socket } = await join({ reads: 'presence', writes: 'broadcast' }, config);
		expect(await accepted(socket)).toBe(true);
	});

	it('is remembered until another token comes, as is the right to listen', async () => {
		const { socket } = await join({ reads: 'broadcast', writes: 'broadcast' }, ack);
		expect(await accepted(socket)).toBe(true);
		await backend.sql`drop policy "write" on realtime.messages`;
		await backend.sql`alter policy "read" on realtime.messages using (auth.jwt() ? 'again')`;
		expect(await accepted(socket)).toBe(true);
		await backend.sql`select realtime.send('{}', 'x', 'secret')`;
		await socket.nextBinary();
		await refresh(socket, { reads: 'broadcast', writes: 'broadcast', again: 1 });
		expect(await accepted(socket)).toBe(false);
	});

	it('does not reach a member that may only read presence', async () => {
		const deaf = await join({ reads: 'presence' }, { presence: { enabled: true } });
		const writer = await join({ reads: 'broadcast', writes: 'broadcast' }, ack);
		expect(await accepted(writer.socket)).toBe(true);
		await backend.sql`select realtime.send('{}', 'x', 'secret')`;
		await writer.socket.nextBinary();
		await deaf.socket.settle();
		expect(receivedCount(deaf.socket)).toBe(0);
		expect(deaf.socket.binaries).toEqual([]);
	});

	it('waits for a database that restarts', async () => {
		const { socket } = await join({ reads: 'broadcast', writes: 'broadcast' }, ack);
		const pending = backend.restartPostgres();
		const answer = accepted(socket);
		await pending;
		expect(await answer).toBe(true);
	});
});

describe('a new access token', () => {
	it('closes the channel when it may no longer read', async () => {
		const none = await join({ reads: 'broadcast' });
		await refresh(none.socket, {});
		expect(await system(none.socket)).toBe(
			'You do not have permissions to read from this Channel topic: secret'
		);
		const less = await join({ reads: 'broadcast,presence' }, { presence: { enabled: true } });
		await refresh(less.socket, { reads: 'presence' });
		expect(await system(less.socket)).toBe(
			'You no longer have permission to read from this Channel topic: secret'
		);
	});

	it('opens what it newly allows, without a rejoin', async () => {
		const { socket } = await join({ reads: 'presence' }, { presence: { enabled: true } });
		await refresh(socket, { reads: 'broadcast,presence' });
		await expect
			.poll(async () => {
				await backend.sql`select realtime.send('{}', 'x', 'secret')`;
				return socket.binaries.length;
			})
			.toBeGreaterThan(0);
	});

	it('is ignored when it is the same, an API key or null', async () => {
		const socket = await open();
		const access_token = await backend.token({ role: 'authenticated', reads: 'broadcast' });
		await socket.join('realtime:secret', { private: true }, { access_token });
		await backend.sql`drop policy "read" on realtime.messages`;
		for (const token of [access_token, 'sb_publishable_x', null, undefined, 5]) {
			socket.send('realtime:secret', 'access_token', { access_token: token });
		}
		const ref = socket.send('realtime:secret', 'phx_leave');
		expect((await socket.next((frame) => frame.ref === ref)).payload.status).toBe('ok');
		expect(socket.frames.some((frame) => frame.event === 'system')).toBe(false);
	});

	it('closes the channel when it is no good, and only that channel', async () => {
		const { socket } = await join({ reads: 'broadcast' });
		await socket.join('realtime:public');
		socket.send('realtime:secret', 'access_token', { access_token: '' });
		expect(await system(socket)).toBe('The token provided is not a valid JWT');
		const again = await join({ reads: 'broadcast' });
		await refresh(again.socket, { reads: 'broadcast' }, -10);
		expect(await system(again.socket)).toMatch(/^Token has expired 1[01] seconds ago$/);
		const roleless = await join({ reads: 'broadcast' });
		await refresh(roleless.socket, { role: undefined });
		expect(await system(roleless.socket)).toBe('Fields `role` and `exp` are required in JWT');
		const ref = socket.send('realtime:public', 'phx_leave');
		await socket.next((frame) => frame.ref === ref && frame.event === 'phx_reply');
	});

	it('extends the life of the channel', async () => {
		const socket = await open();
		const short = await backend.token({ role: 'authenticated', reads: 'broadcast' }, 2);
		await socket.join('realtime:secret', { private: true }, { access_token: short });
		await refresh(socket, { reads: 'broadcast' }, 60);
		const other = await open();
		await other.join('realtime:secret', { private: true }, { access_token: short });
		expect(await system(other)).toMatch(/^Token has expired [01] seconds ago$/);
		await socket.settle();
		expect(socket.frames.some((frame) => frame.event === 'system')).toBe(false);
	});

	it('is not needed where the key of the connection is one, which expires as well', async () => {
		const socket = await open({ key: await backend.token({ role: 'anon' }, 2) });
		await socket.join('realtime:lobby');
		expect(await system(socket)).toMatch(/^Token has expired [01] seconds ago$/);
		await socket.settle();
	});

	it('counts for public channels too: an expired one ends them', async () => {
		const socket = await open();
		const short = await backend.token({ role: 'anon' }, 2);
		await socket.join('realtime:lobby', {}, { access_token: short });
		expect(await system(socket)).toMatch(/^Token has expired [01] seconds ago$/);
		expect((await socket.join('realtime:lobby')).payload.status).toBe('ok');
	});
});

it('a token whose secret was changed ends its channel at the next check', async () => {
	const changing = await startBackend({ tokenCheckMs: 100 });
	try {
		const socket = await RawSocket.open(changing);
		opened.push(socket);
		const access_token = await changing.token({ role: 'anon' });
		expect((await socket.join('realtime:a', {}, { access_token })).payload.status).toBe('ok');
		await changing.changeSecret();
		expect(await system(socket)).toBe('Failed to validate JWT signature');
		await socket.settle();
	} finally {
		await changing.close();
	}
});
