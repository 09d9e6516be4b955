import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '../src/bootstrap.ts';
import { startPostgres, type Postgres } from '../src/postgres.ts';

const directory = mkdtempSync(join(tmpdir(), 'stack-extensions-'));
let server: Postgres;
let owner: postgres.Sql;

beforeAll(async () => {
	server = await startPostgres({ dataDirectory: join(directory, 'postgres'), durable: false });
	await bootstrap({ databaseUrl: server.url() });
	owner = postgres(server.url('postgres'), { max: 1, onnotice: () => undefined });
	// As a migration writes it, and as one that runs twice does.
	for (const statement of [
		'create extension if not exists pg_net with schema extensions',
		'create extension if not exists pg_cron with schema pg_catalog',
		'create extension if not exists pgmq',
		'create extension if not exists vector with schema extensions',
		'create extension if not exists vector'
	])
		await owner.unsafe(statement);
});
afterAll(async () => {
	await owner.end();
	await server.stop();
	rmSync(directory, { recursive: true, force: true });
});

const one = async <Row>(query: string): Promise<Row> => (await owner.unsafe(query))[0] as Row;
const value = async (query: string): Promise<unknown> => Object.values(await one<object>(query))[0];

it('are there for the owner of the project, who is no superuser', async () => {
	expect(
		await owner`
			select name, installed_version is not null as installed from pg_available_extensions
			where name in ('pg_cron', 'pg_net', 'pgmq', 'vector', 'pg_trgm') order by name`
	).toEqual([
		{ name: 'pg_cron', installed: true },
		{ name: 'pg_net', installed: true },
		{ name: 'pg_trgm', installed: false },
		{ name: 'pgmq', installed: true },
		{ name: 'vector', installed: true }
	]);
	expect(await value('select rolsuper from pg_roles where rolname = current_user')).toBe(false);
	await expect(owner`create extension file_fdw`).rejects.toThrow('permission denied');
});

describe('pgmq', () => {
	it('hands a message to one reader at a time, again when it was not deleted', async () => {
		await owner`select pgmq.create('jobs')`;
		expect(await value(`select * from pgmq.send('jobs', '{"n": 1}')`)).toBe('1');
		expect(
			(
				await owner`select * from pgmq.send_batch('jobs', array['{"n": 2}', '{"n": 3}']::jsonb[])`
			).map(({ send_batch }) => send_batch as string)
		).toEqual(['2', '3']);
		const first = await owner`select * from pgmq.read('jobs', 30, 2)`;
		expect(first.map(({ message }) => message as unknown)).toEqual([{ n: 1 }, { n: 2 }]);
		expect((await owner`select msg_id from pgmq.read('jobs', 30, 5)`).map((row) => row)).toEqual([
			{ msg_id: '3' }
		]);
		await owner`select pgmq.set_vt('jobs', 1, 0)`;
		expect(await one(`select msg_id, read_ct from pgmq.read('jobs', 30, 5)`)).toEqual({
			msg_id: '1',
			read_ct: 2
		});
	});

	it('hides a delayed message, and a poll waits for it', async () => {
		await owner`select pgmq.create('later')`;
		await owner`select pgmq.send('later', '{"n": 1}', 1)`;
		expect(await owner`select * from pgmq.read('later', 1, 1)`).toHaveLength(0);
		expect(await owner`select * from pgmq.read_with_poll('later', 1, 1, 5, 50)`).toHaveLength(1);
	});

	it('archives, deletes, pops, purges and counts', async () => {
		await owner`select pgmq.create_unlogged('Mixed')`;
		await owner`
			select pgmq.send('Mixed', jsonb_build_object('n', n), '{"h": 1}'::jsonb)
			from generate_series(1, 6) as n`;
		expect(await value(`select pgmq.archive('Mixed', 1)`)).toBe(true);
		expect(await value(`select pgmq.archive('Mixed', 1)`)).toBe(false);
		expect(await owner`select * from pgmq.archive('Mixed', array[2, 99]::bigint[])`).toHaveLength(
			1
		);
		expect(await value(`select pgmq.delete('Mixed', 3)`)).toBe(true);
		expect(await owner`select * from pgmq.delete('Mixed', array[3, 4]::bigint[])`).toHaveLength(1);
		expect(await one(`select msg_id, message, headers from pgmq.pop('Mixed')`)).toEqual({
			msg_id: '5',
			message: { n: 5 },
			headers: { h: 1 }
		});
		expect(await value('select count(*)::int from pgmq.a_mixed')).toBe(2);
		expect(await one(`select * from pgmq.metrics('Mixed')`)).toMatchObject({
			queue_length: '1',
			total_messages: '6'
		});
		expect(await value(`select pgmq.purge_queue('Mixed')`)).toBe('1');
		const queues = await owner`select queue_name, is_unlogged from pgmq.list_queues()`;
		expect(queues).toContainEqual({ queue_name: 'Mixed', is_unlogged: true });
		expect(await value(`select pgmq.drop_queue('Mixed')`)).toBe(true);
		expect(await value(`select to_regclass('pgmq.q_mixed')::text`)).toBeNull();
		expect(await value(`select pgmq.drop_queue('Mixed')`)).toBe(false);
	});

	it('gives a message to one of many readers', async () => {
		await owner`select pgmq.create('busy')`;
		await owner`select pgmq.send('busy', to_jsonb(n)) from generate_series(1, 200) as n`;
		const readers = postgres(server.url('postgres'), { max: 8, onnotice: () => undefined });
		const ids = (
			await Promise.all(
				Array.from({ length: 40 }, () => readers`select msg_id from pgmq.read('busy', 30, 5)`)
			)
		).flatMap((rows) => rows.map(({ msg_id }) => msg_id as string));
		await readers.end();
		expect([ids.length, new Set(ids).size]).toEqual([200, 200]);
	});

	it('refuses what it cannot do', async () => {
		await expect(owner`select pgmq.create_partitioned('p')`).rejects.toThrow('pg_partman');
		await expect(owner`select pgmq.create('a;b')`).rejects.toThrow('invalid characters');
		await expect(owner`select pgmq.create(repeat('a', 48))`).rejects.toThrow('too long');
	});
});

describe('vector', () => {
	beforeAll(async () => {
		await owner`create table items (id integer, embedding extensions.vector(3))`;
		await owner`insert into items values (1, '[1,2,3]'), (2, '[4.0, 5, 6]'), (3, '[-1,0,1e1]')`;
	});

	it('keeps and shows vectors as pgvector does', async () => {
		expect((await owner`select embedding from items order by id`).map((row) => row)).toEqual([
			{ embedding: '[1,2,3]' },
			{ embedding: '[4,5,6]' },
			{ embedding: '[-1,0,10]' }
		]);
		expect(
			await value(`select format_type(atttypid, atttypmod) from pg_attribute
				where attrelid = 'items'::regclass and attname = 'embedding'`)
		).toBe('vector(3)');
	});

	it.each([
		['<->', '[3,1,2]', [2.449489742783178, 5.744562646538029, 9]],
		['<#>', '[3,1,2]', [-11, -29, -17]],
		['<=>', '[3,1,2]', [0.2142857142857143, 0.11673988938389968, 0.547910712]],
		['<+>', '[3,1,2]', [4, 9, 13]]
	])('measures %s', async (operator, from, distances) => {
		const rows = await owner.unsafe(
			`select embedding ${operator} '${from}' as distance from items order by id`
		);
		for (const [index, distance] of distances.entries())
			expect(rows[index]?.['distance']).toBeCloseTo(distance, 6);
	});

	it('finds the nearest, with an index that a migration makes', async () => {
		await owner`create index on items using hnsw (embedding vector_cosine_ops)`;
		await owner`create index on items using ivfflat (embedding)`;
		await owner`insert into items select 100 + n, array[n, n * n, -n]::vector
			from generate_series(1, 300) as n`;
		expect(
			(await owner`select id from items order by embedding <-> '[1,2,3]' limit 2`).map((row) => row)
		).toEqual([{ id: 1 }, { id: 101 }]);
		expect(await value(`select id from items where embedding = '[4,5,6]'`)).toBe(2);
		// What stands in the way of more: see docs/local-stack.md.
		await expect(
			owner`create index on items using ivfflat (embedding) with (lists = 100)`
		).rejects.toThrow('unrecognized parameter "lists"');
	});

	it.each([
		[`insert into items values (9, '[1,2]')`, 'expected 3 dimensions, not 2'],
		[`select '[1,2]'::vector <-> '[1,2,3]'`, 'different vector dimensions 2 and 3'],
		[`insert into items values (9, '{"a": 1}')`, 'invalid input syntax for type vector'],
		[`insert into items values (9, '["1", 2, 3]')`, 'invalid input syntax for type vector'],
		[`insert into items values (9, 'x')`, 'invalid input syntax'],
		[`select array[1, null]::vector`, 'array must not contain nulls'],
		[`select '[]'::vector(3)`, 'at least 1 dimension']
	])('refuses %s', async (statement, message) => {
		await expect(owner.unsafe(statement)).rejects.toThrow(message);
	});

	it.each([
		[`array[1,2,3]::vector`, '[1,2,3]'],
		[`array[1.5,2]::double precision[]::vector`, '[1.5,2]'],
		[`'[1,2]'::vector + '[3,4]'`, '[4,6]'],
		[`'[1,2]'::vector - '[3,4]'`, '[-2,-2]'],
		[`'[1,2]'::vector * '[3,4]'`, '[3,8]'],
		[`'[1,2]'::vector || '[3]'`, '[1,2,3]'],
		[`l2_normalize('[3,4]')`, '[0.6,0.8]'],
		[`subvector('[1,2,3,4]', 2, 2)`, '[2,3]'],
		[`(select avg(v) from (values ('[1,2]'::vector), ('[3,5]')) as t (v))`, '[2,3.5]'],
		[`(select sum(v) from (values ('[1,2]'::vector), ('[3,5]')) as t (v))`, '[4,7]'],
		[`vector_dims('[1,2,3]')`, 3],
		[`vector_norm('[3,4]')`, 5],
		[`'[1,2]'::vector < '[1,3]'`, true],
		[`'[1,2.0]'::vector = '[1,2]'`, true]
	])('computes %s', async (expression, expected) => {
		expect(await value(`select ${expression}`)).toBe(expected);
	});

	it('groups and sorts', async () => {
		expect(
			await owner`
				select v from (values ('[2]'::vector), ('[10]'), ('[2.0]')) as t (v)
				group by v order by v desc`
		).toEqual([{ v: '[10]' }, { v: '[2]' }]);
	});
});
