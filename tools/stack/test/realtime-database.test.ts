import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installRealtime } from '../src/realtime/install.ts';
import { Partitions } from '../src/realtime/retention.ts';
import { openSessions } from '../src/sessions.ts';
import { startBackend } from './support/realtime-backend.ts';
import type { RealtimeBackend } from './support/realtime-backend.ts';
import { RawSocket, userBroadcastPush } from './support/raw-socket.ts';

let backend: RealtimeBackend;
const opened: RawSocket[] = [];

beforeAll(async () => {
	backend = await startBackend({ eventsPerSecond: 1e6, payloadBytes: 10_000 });
});
afterEach(() => {
	for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => backend.close());

/** A 1.0.0 socket shows every JSON broadcast as text. */
async function listen(topic: string, config: Record<string, unknown> = { private: true }) {
	const socket = await RawSocket.open(backend, { vsn: '1.0.0', key: backend.secretKey });
	opened.push(socket);
	const reply = await socket.join(`realtime:${topic}`, config);
	expect(reply.payload.status).toBe('ok');
	return socket;
}

function numbers(socket: RawSocket): number[] {
	return socket.frames
		.filter((frame) => frame.event === 'broadcast')
		.map((frame) => frame.payload.payload?.n ?? NaN);
}

async function send(n: number, topic: string, sql: postgres.ISql = backend.sql): Promise<void> {
	await sql`select realtime.send(${sql.json({ n })}, 'n', ${topic}, true)`;
}

function range(count: number): number[] {
	return Array.from({ length: count }, (_, n) => n);
}

describe('broadcast from the database', () => {
	it('delivers JSON and bytes with the id of the row', async () => {
		const [v2, v1] = [
			await RawSocket.open(backend, { key: backend.secretKey }),
			await listen('db')
		];
		opened.push(v2);
		await v2.join('realtime:db', { private: true });
		await backend.sql`select realtime.send_binary('\\x0102ff', 'raw', 'db')`;
		await backend.sql`select realtime.send('{"a": "ї"}', 'json', 'db')`;
		const rows = await backend.sql<{ id: string }[]>`
			select id from realtime.messages where topic = 'db' order by inserted_at`;
		const [raw, json] = rows.map((row) => row.id);
		const head = (event: string, meta: string, encoding: number): Buffer =>
			Buffer.from([
				4,
				11,
				event.length,
				meta.length,
				encoding,
				...Buffer.from(`realtime:db${event}${meta}`)
			]);
		const rawMeta = JSON.stringify({ id: raw });
		expect(await v2.nextBinary()).toEqual(
			Buffer.concat([head('raw', rawMeta, 0), Buffer.from([1, 2, 255])])
		);
		const second = await v2.nextBinary();
		const jsonHead = head('json', JSON.stringify({ id: json }), 1);
		expect(second.subarray(0, jsonHead.length)).toEqual(jsonHead);
		expect(JSON.parse(second.subarray(jsonHead.length).toString())).toEqual({ a: 'ї', id: json });
		const text = await v1.next((frame) => frame.event === 'broadcast');
		expect(text.payload).toEqual({
			type: 'broadcast',
			event: 'json',
			payload: { a: 'ї', id: json },
			meta: { id: json }
		});
	});

	it('delivers a row change from a trigger', async () => {
		const socket = await listen('changes');
		await backend.sql.unsafe(`
			create table public.things (id int primary key, name text);
			create function public.tell() returns trigger language plpgsql as $$
			begin
				perform realtime.broadcast_changes('changes', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
				return null;
			end $$;
			create trigger tell after insert or update or delete on public.things
			for each row execute function public.tell();
			insert into public.things values (1, 'one');
			update public.things set name = 'uno';
			delete from public.things;`);
		const one = { id: 1, name: 'one' };
		const uno = { id: 1, name: 'uno' };
		for (const [operation, record, old_record] of [
			['INSERT', one, null],
			['UPDATE', uno, one],
			['DELETE', null, uno]
		] as const) {
			const { payload } = await socket.next((frame) => frame.event === 'broadcast');
			const { id } = payload.meta;
			const expected = { id, schema: 'public', table: 'things', operation, record, old_record };
			expect(payload).toMatchObject({ event: operation, payload: expected });
		}
	});

	it('delivers commits only, in their order', async () => {
		const socket = await listen('order');
		await backend.sql
			.begin(async (tx) => {
				await send(100, 'order', tx);
				throw new Error('never mind');
			})
			.catch(() => undefined);
		const late = await backend.sql.reserve();
		await late`begin`;
		await send(0, 'order', late);
		await backend.sql.begin(async (tx) => {
			for (const n of range(50)) await send(n, 'order', tx);
		});
		await socket.next((frame) => frame.payload.payload?.n === 49);
		await late`commit`;
		late.release();
		await socket.next((frame) => frame.payload.payload?.n === 0);
		expect(numbers(socket)).toEqual([...range(50), 0]);
	});

	it('warns the sender and keeps the transaction when a message cannot be stored', async () => {
		const warnings: string[] = [];
		const sql = postgres(backend.postgres.url(), {
			max: 1,
			onnotice: (notice) => warnings.push(notice.message ?? '')
		});
		await sql.begin(async (tx) => {
			await tx`select realtime.send('[1]', 'e', 'order', true)`;
			await tx`set local role anon`;
			await tx`select realtime.send('{}', 'e', 'order', true)`;
		});
		await sql.end();
		expect(warnings).toHaveLength(2);
		expect(warnings[0]).toMatch(/^WarnSendingBroadcastMessage: /);
		expect(warnings[1]).toMatch(/row-level security/);
	});

	it('leaves the id of a payload as it is, and tells which topic it went to', async () => {
		const socket = await listen('own id');
		const topic = await backend.sql.begin(async (tx) => {
			await tx`select realtime.send('{"id": "mine"}', 'e', 'own id')`;
			return tx<{ topic: string }[]>`select realtime.topic() as topic`;
		});
		expect([...topic]).toEqual([{ topic: 'own id' }]);
		const { payload } = await socket.next((frame) => frame.event === 'broadcast');
		expect(payload.payload).toEqual({ id: 'mine' });
		expect(payload.meta.id).not.toBe('mine');
	});

	it('is the same from a session in another time zone', async () => {
		const sql = postgres(backend.postgres.url(), {
			max: 1,
			connection: { TimeZone: 'Pacific/Kiritimati' }
		});
		await send(1, 'far east', sql);
		await sql.end();
		const socket = await listen('far east', {
			private: true,
			broadcast: { replay: { since: Date.now() - 60_000 } }
		});
		await socket.next((frame) => frame.payload.payload?.n === 1);
	});

	it('raises for what is no change of a row', async () => {
		const change = (operation: string, level: string) => backend.sql`
			select realtime.broadcast_changes(
				'changes', 'e', ${operation}, 't', 'public', null::public.things, null::public.things, ${level}
			)`;
		await expect(change('TRUNCATE', 'ROW')).rejects.toThrow(
			'Failed to process the row: Unexpected operation type: TRUNCATE'
		);
		await expect(change('INSERT', 'STATEMENT')).rejects.toThrow(/^Failed to process the row: /);
	});

	it('tells of new rows only, and of none that is neither public nor private', async () => {
		const sockets = [await listen('rows'), await listen('rows', {})];
		const extension = 'broadcast';
		const row = { topic: 'rows', extension, event: 'e', payload: backend.sql.json({ n: 1 }) };
		await backend.sql`insert into realtime.messages ${backend.sql({ ...row, private: null })}`;
		await backend.sql`insert into realtime.messages ${backend.sql({ ...row, event: null })}`;
		await backend.sql`
			update realtime.messages set private = true, event = 'e' where topic = 'rows'`;
		await backend.sql`delete from realtime.messages where topic = 'rows'`;
		await send(2, 'rows');
		await backend.sql`select realtime.send('{"n": 3}', 'n', 'rows', false)`;
		for (const [index, socket] of sockets.entries()) {
			const { payload } = await socket.next((frame) => frame.event === 'broadcast');
			expect(payload.payload?.n).toBe(2 + index);
		}
	});

	it('keeps public and private apart, and drops what is too large or empty', async () => {
		const closed = await listen('kinds');
		const open = await listen('kinds', {});
		await backend.sql`select realtime.send(null, 'n', 'kinds', true)`;
		await backend.sql`
			select realtime.send(jsonb_build_object('n', 1, 'x', repeat('x', 10000)), 'n', 'kinds', true)`;
		await backend.sql`select realtime.send('{"n":2}', 'n', 'kinds', false)`;
		await send(3, 'kinds');
		await closed.next((frame) => frame.event === 'broadcast');
		await open.settle();
		expect([numbers(closed), numbers(open)]).toEqual([[3], [2]]);
	});
});

describe('replay', () => {
	it('sends the newest, oldest first, as frames of the channel', async () => {
		const since = Date.now() - 1000;
		for (const n of range(30)) await send(n, 'past');
		await backend.sql`select realtime.send('{"n":99}', 'n', 'past', false)`;
		await backend.sql`select realtime.send_binary('\\x07', 'raw', 'past')`;
		const socket = await RawSocket.open(backend, { key: backend.secretKey });
		opened.push(socket);
		const config = { private: true, broadcast: { replay: { since, limit: 100 } } };
		const reply = await socket.join('realtime:past', config);
		const binary = await socket.nextBinary();
		expect(binary.at(-1)).toBe(7);
		expect(binary.toString()).toContain('"replayed":true');
		const replayed = socket.frames.filter((frame) => frame.event === 'broadcast');
		expect(numbers(socket)).toEqual(range(30).slice(6));
		expect(socket.frames[0]).toEqual(reply);
		const first = replayed[0];
		expect(first).toMatchObject({ joinRef: reply.ref, ref: null, payload: { type: 'broadcast' } });
		expect(first?.payload.meta).toEqual({ replayed: true, id: first?.payload.payload?.id });
	});

	it('has nothing binary for 1.0.0, and one message at least', async () => {
		const since = Date.now() - 1000;
		await send(1, 'few');
		await backend.sql`select realtime.send_binary('\\x07', 'raw', 'few')`;
		await send(2, 'few');
		const replayed = async (limit: number): Promise<number[]> => {
			const socket = await listen('few', {
				private: true,
				broadcast: { replay: { since, limit } }
			});
			await socket.settle();
			expect(socket.binaries).toEqual([]);
			return numbers(socket);
		};
		expect(await replayed(3)).toEqual([1, 2]);
		expect(await replayed(0)).toEqual([2]);
	});

	it('includes what a client had stored, whose id it is told', async () => {
		const socket = await RawSocket.open(backend, { key: backend.secretKey });
		opened.push(socket);
		const config = { private: true, broadcast: { ack: true } };
		await socket.join('realtime:stored', config);
		const push = (topic: string, ref: string): Promise<unknown> => {
			socket.ws.send(
				userBroadcastPush(topic, 'e', '{"n":1}', { ref, metadata: '{"persist":true}' })
			);
			return socket.next((frame) => frame.ref === ref).then(({ payload }) => payload);
		};
		const answer = await push('realtime:stored', 'kept');
		const [row] = await backend.sql`
			select id, event, private, extension from realtime.messages where topic = 'stored'`;
		expect(row).toMatchObject({ event: 'e', private: true, extension: 'broadcast' });
		expect(answer).toEqual({ status: 'ok', response: { id: row?.id as string } });
		await socket.join('realtime:public', { broadcast: { ack: true } });
		expect(await push('realtime:public', 'passing')).toEqual({
			status: 'error',
			response: { error: 'persist: can only be used on private channels' }
		});
	});

	it('does not deliver a replayed message again, nor lose one sent during the join', async () => {
		for (let round = 0; round < 10; round++) {
			const topic = `seam ${round}`;
			const since = Date.now() - 1000;
			const sending = (async () => {
				for (const n of range(20)) await send(n, topic);
			})();
			const config = { private: true, broadcast: { replay: { since } } };
			const socket = await listen(topic, config);
			await sending;
			await expect.poll(() => numbers(socket).length, { interval: 1 }).toBe(20);
			await socket.settle();
			expect(numbers(socket)).toEqual(range(20));
		}
	});

	it('says why it cannot', async () => {
		const socket = await RawSocket.open(backend, { key: backend.secretKey });
		opened.push(socket);
		const reason = async (replay: unknown, isPrivate: boolean): Promise<string> => {
			const config = { private: isPrivate, broadcast: { replay } };
			return (await socket.join('realtime:past', config)).payload.response.reason;
		};
		expect(await reason(null, false)).toBe(
			'UnableToReplayMessages: Replay is not allowed for public channels'
		);
		for (const replay of [null, 5, {}, { since: '1' }, { since: 1.5 }, { since: 1, limit: 'x' }]) {
			expect(await reason(replay, true)).toBe(
				'UnableToReplayMessages: Replay params are not valid'
			);
		}
		expect(await reason({ since: Number.MIN_SAFE_INTEGER }, true)).toBe(
			'UnableToReplayMessages: Realtime was unable to replay messages'
		);
	});
});

describe('retention', () => {
	const day = 86_400_000;
	const names = async (): Promise<string[]> => {
		const rows = await backend.sql<{ name: string }[]>`
			select inhrelid::regclass::text as name from pg_inherits
			where inhparent = 'realtime.messages'::regclass order by 1`;
		return rows.map((row) => row.name.replace('realtime.messages_', '').replaceAll('_', '-'));
	};
	const isoDay = (offset: number): string =>
		new Date(Date.now() + offset * day).toISOString().slice(0, 10);

	it('keeps partitions from the retention to three days ahead', async () => {
		expect(await names()).toEqual([-1, 0, 1, 2, 3].map(isoDay));
		const sessions = openSessions(backend.postgres.url(), { name: 'test', max: 1 });
		const at = (offset: number): Partitions =>
			new Partitions(sessions, {
				retentionDays: 3,
				log: () => undefined,
				now: () => Date.now() + offset * day
			});
		await at(2).maintain();
		expect(await names()).toEqual([-1, 0, 1, 2, 3, 4, 5].map(isoDay));
		await at(3).maintain();
		expect(await names()).toEqual([0, 1, 2, 3, 4, 5, 6].map(isoDay));
		await at(0).maintain();
		expect(await names()).toEqual([-1, 0, 1, 2, 3, 4, 5, 6].map(isoDay));
		await sessions.close();
	});

	it('is kept by the installer too, before any server runs', async () => {
		const last = isoDay(3).replaceAll('-', '_');
		await backend.sql.unsafe(`drop table realtime.messages_${last}`);
		expect(await installRealtime(backend.postgres.url())).toBe(false);
		expect(await names()).toContain(isoDay(3));
	});

	it('makes a missing partition when a join stumbles over it', async () => {
		const today = isoDay(0).replaceAll('-', '_');
		await backend.sql.unsafe(`drop table realtime.messages_${today}`);
		await listen('missing');
		expect(await names()).toContain(isoDay(0));
	});
});
