import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { restOf, startCatalogue } from './support/rest.ts';
import type { Rest } from './support/rest.ts';

let backend: Backend;
let rest: Rest;
const representation = { prefer: 'return=representation' };
const object = { accept: 'application/vnd.pgrst.object+json' };

beforeAll(async () => {
	backend = await startCatalogue();
	rest = restOf(backend);
});

afterAll(() => backend.stop());

beforeEach(async () => {
	await backend.sql`delete from public.defaults`;
	await backend.sql`delete from public.films where id > 4`;
	await backend.sql`delete from public.actors where id > 3`;
});

describe('an insert', () => {
	it('answers nothing, the rows, or where the row is', async () => {
		const minimal = await rest('POST /actors', { id: 10, name: 'Dee' });
		expect([minimal.status, minimal.text, minimal.headers.get('content-range')]).toEqual([
			201,
			'',
			'*/*'
		]);
		const full = await rest('POST /actors?select=name', [{ id: 11, name: 'Eve' }], {
			prefer: 'return=representation,count=exact'
		});
		expect([full.status, full.json, full.headers.get('content-range')]).toEqual([
			201,
			[{ name: 'Eve' }],
			'*/1'
		]);
		expect(full.headers.get('preference-applied')).toBe('return=representation, count=exact');
		const located = await rest(
			'POST /actors',
			{ id: 12, name: 'Flo' },
			{ prefer: 'return=headers-only' }
		);
		expect([located.text, located.headers.get('location')]).toEqual(['', '/actors?id=eq.12']);
	});

	it('embeds what belongs to the new row', async () => {
		const body = { title: 'New', studio_id: 2, second_studio_id: 1 };
		const { json } = await rest('POST /films?select=title,s:studios!studio_id(name)', body, {
			...representation,
			...object
		});
		expect(json).toEqual({ title: 'New', s: { name: 'South' } });
	});

	it('fills in what is missing, when told to', async () => {
		const rows = [{ name: 'a' }, { made_at: '2021-01-01T00:00:00Z' }];
		const unequal = await rest('POST /defaults', rows);
		expect([unequal.status, unequal.json]).toMatchObject([
			400,
			{ code: 'PGRST102', message: 'All object keys must match' }
		]);
		const filled = await rest('POST /defaults?columns=name,made_at&select=name,made_at', rows, {
			prefer: 'return=representation,missing=default'
		});
		expect(filled.json).toEqual([
			{ name: 'a', made_at: '2020-01-01T00:00:00+00:00' },
			{ name: 'unnamed', made_at: '2021-01-01T00:00:00+00:00' }
		]);
		expect(filled.headers.get('preference-applied')).toBe('missing=default, return=representation');
		const nulls = await rest('POST /defaults?columns=name,made_at', rows);
		expect([nulls.status, nulls.json]).toMatchObject([400, { code: '23502' }]);
		const client = backend.client();
		const bulk = await client
			.from('defaults')
			.insert(rows, { defaultToNull: false })
			.select('name');
		expect(bulk.data).toEqual([{ name: 'a' }, { name: 'unnamed' }]);
	});

	it('may be of defaults only, of nothing, or of CSV', async () => {
		const defaults = await rest('POST /defaults?select=name', {}, representation);
		expect([defaults.status, defaults.json]).toEqual([201, [{ name: 'unnamed' }]]);
		const nothing = await rest('POST /defaults', [], representation);
		expect([nothing.status, nothing.json]).toEqual([201, []]);
		const csv = await rest(
			'POST /actors?select=id,name&order=id',
			'id,name\n20,"Gus, Jr"\n21,NULL2',
			{
				'content-type': 'text/csv',
				...representation
			}
		);
		expect(csv.json).toEqual([
			{ id: 20, name: 'Gus, Jr' },
			{ id: 21, name: 'NULL2' }
		]);
		const form = await rest('POST /actors', 'id=22&name=Hal', {
			'content-type': 'application/x-www-form-urlencoded'
		});
		expect(form.status).toBe(201);
	});

	it('carries numbers that JavaScript cannot', async () => {
		await rest(
			'POST /samples',
			'{"id": 2, "big": 9223372036854775807, "exact": 0.1234567890123456789}'
		);
		const { text } = await rest('GET /samples?select=big,exact&id=eq.2');
		expect(text).toBe('[{"big":9223372036854775807,"exact":0.1234567890123456789}]');
		await rest('DELETE /samples?id=eq.2');
	});

	it.each([
		['a duplicate', { id: 1, name: 'x' }, 409, '23505'],
		['a missing name', { id: 30 }, 400, '23502'],
		['an unknown column', { id: 30, nope: 1 }, 400, 'PGRST204'],
		['no JSON', '{bad', 400, 'PGRST102'],
		['a bad value', { id: 'x', name: 'x' }, 400, '22P02']
	])('refuses %s', async (_, body, status, code) => {
		const answer = await rest('POST /actors', body);
		expect([answer.status, answer.json]).toMatchObject([status, { code }]);
	});

	it('needs no right to read what it does not answer', async () => {
		expect((await rest('POST /hidden', { id: 1 })).status).toBe(201);
		const shown = await rest('POST /hidden?select=id,shown', { id: 2, shown: 'y' }, representation);
		expect(shown.json).toEqual([{ id: 2, shown: 'y' }]);
		const hidden = await rest('POST /hidden?select=secret', { id: 3 }, representation);
		expect([hidden.status, hidden.json]).toMatchObject([401, { code: '42501' }]);
	});
});

describe('an upsert', () => {
	it('merges or ignores, and tells by its status which', async () => {
		const merge = 'resolution=merge-duplicates';
		const made = await rest('POST /actors', { id: 40, name: 'Ida' }, { prefer: merge });
		expect([made.status, made.headers.get('preference-applied')]).toEqual([201, merge]);
		const merged = await rest(
			'POST /actors',
			{ id: 40, name: 'Ivy' },
			{ prefer: `${merge},return=representation` }
		);
		expect([merged.status, merged.json]).toEqual([200, [{ id: 40, name: 'Ivy' }]]);
		const ignored = await rest(
			'POST /actors',
			[
				{ id: 40, name: 'Joe' },
				{ id: 41, name: 'Kim' }
			],
			{
				prefer: 'resolution=ignore-duplicates,return=representation'
			}
		);
		expect([ignored.status, ignored.json]).toEqual([201, [{ id: 41, name: 'Kim' }]]);
	});

	it('goes by another key when one is named', async () => {
		const client = backend.client();
		const row = { title: 'Alpha', year: 1991 };
		const { data, error } = await client
			.from('films')
			.upsert(row, { onConflict: 'title' })
			.select('id, year');
		expect([error, data]).toEqual([null, [{ id: 1, year: 1991 }]]);
		await client.from('films').update({ year: 1990 }).eq('id', 1);
	});

	it('of one row by its key is PUT', async () => {
		const made = await rest('PUT /actors?id=eq.50', { id: 50, name: 'Lea' }, representation);
		expect([made.status, made.json]).toEqual([201, [{ id: 50, name: 'Lea' }]]);
		expect((await rest('PUT /actors?id=eq.50', { id: 50, name: 'Lee' })).status).toBe(204);
		const other = await rest('PUT /actors?id=eq.51', { id: 50, name: 'x' });
		expect([other.status, other.json]).toMatchObject([400, { code: 'PGRST115' }]);
		const loose = await rest('PUT /actors?name=eq.Lee', { id: 50, name: 'x' });
		expect([loose.status, loose.json]).toMatchObject([405, { code: 'PGRST105' }]);
	});
});

describe('an update or delete', () => {
	it('answers what was changed', async () => {
		await rest('POST /actors', [
			{ id: 60, name: 'a' },
			{ id: 61, name: 'b' }
		]);
		const patched = await rest(
			'PATCH /actors?id=gte.60&order=id&select=name',
			{ name: 'c' },
			representation
		);
		expect([patched.status, patched.json, patched.headers.get('content-range')]).toEqual([
			200,
			[{ name: 'c' }, { name: 'c' }],
			'0-1/*'
		]);
		const none = await rest('PATCH /actors?id=eq.99', { name: 'c' });
		expect([none.status, none.headers.get('content-range')]).toEqual([204, '*/*']);
		const empty = await rest('PATCH /actors?id=eq.60', {}, representation);
		expect([empty.status, empty.json]).toEqual([200, []]);
		const gone = await rest('DELETE /actors?id=gte.60', undefined, { prefer: 'count=exact' });
		expect([gone.status, gone.text, gone.headers.get('content-range')]).toEqual([204, '', '*/2']);
	});

	it('is of no whole table', async () => {
		const everything = await rest('DELETE /actors');
		expect([everything.status, everything.json]).toMatchObject([
			400,
			{ code: '21000', message: 'DELETE requires a WHERE clause' }
		]);
		expect((await rest('PATCH /actors', { name: 'x' })).json).toMatchObject({ code: '21000' });
	});

	it('changes nothing when its answer is refused', async () => {
		const names = async () => (await rest('GET /actors?select=name&order=id')).json;
		const before = await names();
		const single = await rest(
			'PATCH /actors?id=gt.0',
			{ name: 'x' },
			{ ...representation, ...object }
		);
		expect([single.status, single.json]).toMatchObject([
			406,
			{ code: 'PGRST116', details: 'The result contains 3 rows' }
		]);
		const limited = await rest('DELETE /actors?id=gt.0', undefined, {
			prefer: 'handling=strict,max-affected=2'
		});
		expect([limited.status, limited.json]).toEqual([
			400,
			{
				code: 'PGRST124',
				message: 'Query result exceeds max-affected preference constraint',
				details: 'The query affects 3 rows',
				hint: null
			}
		]);
		expect(await names()).toEqual(before);
	});

	it('is kept, whatever the client prefers, and says what it honours', async () => {
		await rest('POST /actors', { id: 70, name: 'kept' }, { prefer: 'tx=rollback' });
		expect((await rest('GET /actors?select=name&id=eq.70')).json).toEqual([{ name: 'kept' }]);
		const strict = await rest('GET /actors?id=eq.70', undefined, {
			prefer: 'handling=strict, odd=1, count=some'
		});
		expect([strict.status, strict.json]).toEqual([
			400,
			{
				code: 'PGRST122',
				message: 'Invalid preferences given with handling=strict',
				details: 'Invalid preferences: odd=1, count=some',
				hint: null
			}
		]);
		const lenient = await rest('GET /actors?id=eq.70', undefined, {
			prefer: 'odd=1, handling=lenient'
		});
		expect(lenient.headers.get('preference-applied')).toBe('handling=lenient');
	});
});

describe('a function', () => {
	it.each([
		['POST /rpc/overloaded', { a: 1 }, 'one'],
		['POST /rpc/overloaded', { a: 1, b: 2 }, 'two'],
		['GET /rpc/overloaded?a=1', undefined, 'one'],
		['POST /rpc/several', { n: [1, 2, 3] }, 6],
		['GET /rpc/several?n=1&n=5', undefined, 6],
		['POST /rpc/pair', {}, { first: 1, second: 'b' }],
		['POST /rpc/numbers', {}, [1, 2, 3]],
		['POST /rpc/whole', { any: ['thing', null] }, { any: ['thing', null] }],
		[
			'POST /rpc/listing?n=gt.1&n=lt.4&select=label&order=n.desc',
			{},
			[{ label: 'n3' }, { label: 'n2' }]
		],
		[
			'POST /rpc/films_of?select=title,roles(part)&limit=1',
			{ studio: 2 },
			[{ title: 'gamma "ray"', roles: [] }]
		],
		['GET /rpc/films_of?studio=1&title=like.A*&select=id', undefined, [{ id: 1 }]]
	])('%s %j', async (line, body, expected) => {
		const { status, json } = await rest(line, body);
		expect([status, json]).toEqual([200, expected]);
	});

	it('takes a text as its whole body', async () => {
		const { json } = await rest('POST /rpc/shout', 'hey', { 'content-type': 'text/plain' });
		expect(json).toBe('HEY');
	});

	it('that answers rows has ranges and counts', async () => {
		const { status, headers } = await rest('GET /rpc/listing?limit=2', undefined, {
			prefer: 'count=exact'
		});
		expect([status, headers.get('content-range')]).toEqual([206, '0-1/5']);
		const head = await rest('HEAD /rpc/listing', undefined, { prefer: 'count=exact' });
		expect([head.text, head.headers.get('content-range')]).toEqual(['', '0-4/5']);
		const counted = await backend.client().rpc('listing', {}, { head: true, count: 'exact' });
		expect(counted.count).toBe(5);
		const one = await backend.client().rpc('films_of', { studio: 2 }).select('id').single();
		expect(one.data).toEqual({ id: 3 });
	});

	it('may choose status and headers', async () => {
		const { status, json, headers } = await rest('POST /rpc/answer_teapot', {});
		expect([status, json]).toEqual([418, 'short and stout']);
		expect([headers.get('x-kind'), headers.get('cache-control')]).toEqual(['teapot', 'no-store']);
	});

	it('may raise the whole answer', async () => {
		const { status, json, headers } = await rest('POST /rpc/raise_whole', {});
		expect([status, json, headers.get('x-powered-by')]).toEqual([
			402,
			{ code: '123', message: 'Payment required', details: 'Quota exceeded', hint: 'Upgrade' },
			'us'
		]);
	});

	it('sees the request', async () => {
		const { json } = await rest('GET /rpc/request_seen', undefined, {
			cookie: 'theme=dark; other=1',
			prefer: 'timezone=Europe/Kyiv'
		});
		expect(json).toEqual({
			method: 'GET',
			path: '/rpc/request_seen',
			cookie: 'dark',
			zone: 'Europe/Kyiv'
		});
	});

	it('writes only when it is posted', async () => {
		const read = await rest('GET /rpc/add_film?title=Nope');
		expect([read.status, read.json]).toMatchObject([405, { code: '25006' }]);
		const written = await rest('POST /rpc/add_film?select=title', { title: 'Made' });
		expect(written.json).toEqual([{ title: 'Made' }]);
	});

	it('is named when it cannot be found', async () => {
		const unclear = await rest('POST /rpc/unclear', { a: 1 });
		expect([unclear.status, unclear.json]).toMatchObject([
			300,
			{
				code: 'PGRST203',
				message:
					'Could not choose the best candidate function between: public.unclear(a => integer), public.unclear(a => text)'
			}
		]);
		const unknown = await rest('POST /rpc/overload', { x: 1, y: 2 });
		expect([unknown.status, unknown.json]).toEqual([
			404,
			{
				code: 'PGRST202',
				message: 'Could not find the function public.overload(x, y) in the schema cache',
				details:
					'Searched for the function public.overload with parameters x, y or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.',
				hint: 'Perhaps you meant to call the function public.overloaded'
			}
		]);
		const method = await rest('DELETE /rpc/numbers');
		expect([method.status, method.json]).toMatchObject([
			405,
			{ code: 'PGRST101', message: 'Cannot use the DELETE method on RPC' }
		]);
	});
});

it('a function before every request may refuse it', async () => {
	await backend.sql.unsafe(`
		create function public.check_request() returns void language plpgsql as $$
		begin
			if current_setting('request.headers')::json ->> 'x-blocked' = 'yes' then
				raise sqlstate 'PT403' using message = 'blocked';
			end if;
		end $$;
		grant execute on function public.check_request() to anon;
		alter role authenticator set pgrst.db_pre_request = 'public.check_request'`);
	await backend.api.reloadSchema();
	expect((await rest('GET /films?id=eq.1')).status).toBe(200);
	const blocked = await rest('GET /films?id=eq.1', undefined, { 'x-blocked': 'yes' });
	expect([blocked.status, blocked.json]).toMatchObject([403, { message: 'blocked' }]);
	await backend.sql`alter role authenticator reset pgrst.db_pre_request`;
	await backend.api.reloadSchema();
});

it('a column that changes its type is read as the new one', async () => {
	await backend.sql`create table public.changing (id int primary key, value int)`;
	await backend.sql`grant select, insert on public.changing to anon`;
	await expect.poll(async () => (await rest('GET /changing?value=eq.1')).status).toBe(200);
	await backend.sql`alter table public.changing alter column value type text`;
	await expect.poll(async () => (await rest('GET /changing?value=eq.abc')).status).toBe(200);
});
