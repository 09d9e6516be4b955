import type postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isConnectionLost } from '../src/realtime/database-errors.ts';
import { withDatabase } from '../src/with-database.ts';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({
		eventsPerSecond: 1e6,
		databaseWaitMs: 500,
		replicationReadyTimeoutMs: 200
	});
});
afterEach(() => {
	for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => backend.close());

/** A 1.0.0 socket shows every JSON broadcast as text. */
async function listen(topic: string): Promise<RawSocket> {
	const socket = await RawSocket.open(backend, { vsn: '1.0.0', key: backend.secretKey });
	opened.push(socket);
	const reply = await socket.join(`realtime:${topic}`, { private: true });
	expect(reply.payload.status).toBe('ok');
	return socket;
}

function broadcasts(socket: RawSocket): RawSocket['frames'] {
	return socket.frames.filter((frame) => frame.event === 'broadcast');
}

function numbers(socket: RawSocket): number[] {
	return broadcasts(socket).map((frame) => frame.payload.payload?.n ?? NaN);
}

async function send(n: number, topic: string, sql: postgres.ISql = backend.sql): Promise<void> {
	await sql`select realtime.send(${sql.json({ n })}, 'n', ${topic}, true)`;
}

function range(count: number): number[] {
	return Array.from({ length: count }, (_, n) => n);
}

function killed(): Promise<void> {
	return expect.poll(() => backend.realtime.stats().replicating, { interval: 1 }).toBe(false);
}

function revived(): Promise<void> {
	return expect.poll(() => backend.realtime.stats().replicating, { interval: 1 }).toBe(true);
}

/** Not on a session of postgres.js that died: such a one may hang, or fail with what it died of. */
async function afterDeaths<T>(ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	for (;;) {
		try {
			return await withDatabase(backend.postgres.url(), ask);
		} catch (error) {
			if (!isConnectionLost(error)) throw error;
		}
	}
}

/** The first kill makes Postgres end all its sessions, so the next may be gone. */
function killIfThere(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

async function walsenders(): Promise<number[]> {
	const rows = await afterDeaths(
		(sql) => sql<{ pid: number }[]>`
			select pid from pg_stat_activity where backend_type = 'walsender'`
	);
	return rows.map((row) => row.pid);
}

/** Ends the stream's session and waits until the server knows. */
async function cutReplication(): Promise<void> {
	for (const pid of await walsenders()) await backend.sql`select pg_terminate_backend(${pid})`;
	await killed();
}

/** Writes messages one by one until told to stop; a crash of Postgres fails some of them. */
function keepSending(topic: string): () => Promise<number> {
	const stopping = new AbortController();
	let next = 0;
	const loop = (async () => {
		while (!stopping.signal.aborted) {
			try {
				await send(next++, topic);
			} catch (error) {
				if (!isConnectionLost(error)) throw error;
			}
		}
	})();
	return async () => {
		stopping.abort();
		await loop;
		return next;
	};
}

/** What is stored is what was committed: all of it must have come, once, in order. */
async function expectAll(socket: RawSocket, topic: string): Promise<void> {
	const rows = await afterDeaths(
		(sql) => sql<{ id: string; n: number }[]>`
			select id, (payload ->> 'n')::int as n from realtime.messages
			where topic = ${topic} order by n`
	);
	await expect.poll(() => broadcasts(socket).length).toBe(rows.length);
	await socket.settle();
	expect(broadcasts(socket).map(({ payload }) => [payload.meta.id, payload.payload?.n])).toEqual(
		rows.map(({ id, n }) => [id, n])
	);
}

describe('what is committed while the stream is away', () => {
	it('arrives after the cut, once and in order', async () => {
		const socket = await listen('gap');
		const stop = keepSending('gap');
		for (let cut = 0; cut < 3; cut++) {
			const seen = numbers(socket).length;
			await expect.poll(() => numbers(socket).length, { interval: 1 }).toBeGreaterThan(seen);
			await cutReplication();
			await revived();
		}
		const total = await stop();
		await expectAll(socket, 'gap');
		expect(numbers(socket)).toEqual(range(total));
	});

	it('arrives when its transaction began before the cut', async () => {
		const socket = await listen('slow');
		const slow = await backend.sql.reserve();
		await slow`begin`;
		await send(0, 'slow', slow);
		await send(1, 'slow');
		await socket.next((frame) => frame.payload.payload?.n === 1);
		await cutReplication();
		await send(2, 'slow');
		await slow`commit`;
		slow.release();
		await send(3, 'slow');
		await socket.next((frame) => frame.payload.payload?.n === 3);
		expect(numbers(socket)).toEqual([1, 2, 0, 3]);
	});

	it('does not wait for a transaction that stays open', async () => {
		const socket = await listen('idle');
		const idle = await backend.sql.reserve();
		await idle`begin`;
		await send(9, 'idle', idle);
		await cutReplication();
		await send(0, 'idle');
		await socket.next((frame) => frame.payload.payload?.n === 0);
		await idle`rollback`;
		idle.release();
		await send(1, 'idle');
		await socket.next((frame) => frame.payload.payload?.n === 1);
		expect(numbers(socket)).toEqual([0, 1]);
	});

	it('goes on within a transaction that the cut broke in two', async () => {
		const socket = await listen('large');
		await backend.sql`
			select realtime.send(jsonb_build_object('n', n, 'x', repeat('x', 4000)), 'n', 'large')
			from generate_series(0, 4999) as n`;
		await expect.poll(() => numbers(socket).length, { interval: 1 }).toBeGreaterThan(0);
		await cutReplication();
		await revived();
		await expect.poll(() => socket.frames.length).toBeGreaterThan(5000); // with the join's answer
		await socket.settle();
		expect(numbers(socket)).toEqual(range(5000));
	});

	it('says so when somebody dropped the slot, and goes on', async () => {
		const socket = await listen('slot');
		const [slot] = await backend.sql<{ slot_name: string; active_pid: number }[]>`
			select slot_name, active_pid from pg_replication_slots where active`;
		await backend.sql`select pg_terminate_backend(${slot?.active_pid ?? 0})`;
		await expect
			.poll(
				() =>
					backend.sql`select pg_drop_replication_slot(${slot?.slot_name ?? ''})`.then(
						() => true,
						() => false
					),
				{
					interval: 1
				}
			)
			.toBe(true);
		await expect
			.poll(() => backend.logs.map((entry) => entry.code))
			.toContain('ReplicationSlotLost');
		await revived();
		await send(0, 'slot');
		await socket.next((frame) => frame.payload.payload?.n === 0);
	});
});

it('never leaves the server asleep on a commit that came just before it slept', async () => {
	// Postgres 17 loses such a commit's wake-up, and looks again when it hears from us.
	const heard = new Set<string>();
	await expect
		.poll(async () => {
			const rows = await backend.sql<{ heard: string }[]>`
				select reply_time::text as heard from pg_stat_replication where reply_time is not null`;
			for (const row of rows) heard.add(row.heard);
			return heard.size;
		})
		.toBeGreaterThan(5);
});

describe('when processes are killed', () => {
	it('survives kill -9 of the walsender, which takes all sessions with it', async () => {
		const socket = await listen('walsender');
		const stop = keepSending('walsender');
		await socket.next((frame) => frame.payload.payload?.n === 20);
		for (const pid of await walsenders()) killIfThere(pid);
		await killed();
		await revived();
		const seen = numbers(socket).length;
		await expect.poll(() => numbers(socket).length).toBeGreaterThan(seen + 20);
		await stop();
		await expectAll(socket, 'walsender');
		expect(socket.frames.some((frame) => frame.event === 'phx_error')).toBe(false);
	});

	it('survives kill -9 of the whole Postgres', async () => {
		const socket = await listen('crash');
		const stop = keepSending('crash');
		await socket.next((frame) => frame.payload.payload?.n === 20);
		await backend.crashPostgres();
		await revived();
		const seen = numbers(socket).length;
		await expect.poll(() => numbers(socket).length).toBeGreaterThan(seen + 20);
		await stop();
		await expectAll(socket, 'crash');
		expect(socket.frames.some((frame) => frame.event === 'phx_error')).toBe(false);
	});

	it('survives an orderly restart of Postgres', async () => {
		const socket = await listen('restart');
		await afterDeaths((sql) => send(0, 'restart', sql));
		await socket.next((frame) => frame.payload.payload?.n === 0);
		await backend.restartPostgres(async () => {
			const joiner = await RawSocket.open(backend, { key: backend.secretKey });
			opened.push(joiner);
			const refused = await joiner.join('realtime:restart', { private: true });
			expect(refused.payload.response.reason).toBe(
				'UnableToConnectToProject: Realtime was unable to connect to the project database'
			);
			const post = await fetch(
				`${backend.url}/realtime/v1/api/broadcast/restart/events/e?private=true`,
				{ method: 'POST', headers: { apikey: backend.secretKey }, body: Buffer.from('{}') }
			);
			expect([post.status, await post.json()]).toEqual([
				422,
				{ message: 'Tenant database unavailable' }
			]);
			const open = await joiner.join('realtime:public', { broadcast: { replication_ready: true } });
			expect(open.payload.status).toBe('ok');
			const system = await joiner.next((frame) => frame.event === 'system');
			expect(system.payload.message).toBe('Replication connection was not established in time');
			await joiner.next((frame) => frame.event === 'phx_close');
		});
		await afterDeaths((sql) => send(1, 'restart', sql));
		await socket.next((frame) => frame.payload.payload?.n === 1);
		expect(numbers(socket)).toEqual([0, 1]);
		expect(socket.frames.some((frame) => frame.event === 'phx_error')).toBe(false);
		await listen('restart');
	});

	it('lets a client join again whose new token comes while Postgres is away', async () => {
		const socket = await listen('renewed');
		await backend.restartPostgres(async () => {
			const access_token = await backend.token({ role: 'service_role', renewed: true });
			socket.send('realtime:renewed', 'access_token', { access_token });
			const failed = await socket.next((frame) => frame.topic === 'realtime:renewed');
			expect(failed).toMatchObject({ event: 'phx_error', payload: {} });
		});
		expect((await socket.join('realtime:renewed', { private: true })).payload.status).toBe('ok');
	});

	it('leaves no slot behind, and drops those of killed servers', async () => {
		const slots = async (): Promise<string[]> => {
			const rows = await afterDeaths(
				(sql) => sql<{ slot_name: string }[]>`select slot_name from pg_replication_slots`
			);
			return rows.map((row) => row.slot_name);
		};
		const [before] = await slots();
		const orphan = 'supabase_realtime_messages_replication_slot_orphan';
		await backend.sql`select pg_create_logical_replication_slot(${orphan}, 'pgoutput')`;
		await backend.restartRealtime();
		const after = await slots();
		expect(after).toHaveLength(1);
		expect(after).not.toContain(before);
		expect(after).not.toContain(orphan);
	});
});
