import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { restOf, startCatalogue } from './support/rest.ts';
import type { Rest } from './support/rest.ts';

let backend: Backend;
let rest: Rest;

beforeAll(async () => {
	backend = await startCatalogue();
	rest = restOf(backend);
});

afterAll(() => backend.stop());

async function ids(query: string): Promise<unknown> {
	const select = query.startsWith('select=') ? '' : 'select=id&';
	const { json } = await rest(`GET /films?${select}order=id&${query}`);
	return Array.isArray(json) ? json.map(({ id }: { id: number }) => id) : json;
}

describe('a filter', () => {
	it.each([
		['id=eq.2', [2]],
		['id=neq.2', [1, 3, 4]],
		['id=gt.2', [3, 4]],
		['id=gte.2&id=lt.4', [2, 3]],
		['id=lte.1', [1]],
		['id=not.eq.2', [1, 3, 4]],
		['title=like.*eta,*', [2]],
		['title=ilike.GAMMA*', [3]],
		['title=like(any).{Al*,De*}', [1, 4]],
		['title=ilike(all).{*a*,*l*}', [1, 4]],
		['title=match.^[AB]', [1, 2]],
		['title=imatch.^g', [3]],
		['id=eq(any).{1,4}', [1, 4]],
		['id=in.(1,3)', [1, 3]],
		['id=in.()', []],
		['title=in.("Beta, the 2nd","gamma \\"ray\\"")', [2, 3]],
		['id=not.in.(1,2,3)', [4]],
		['year=is.null', [3]],
		['year=not.is.null', [1, 2, 4]],
		['year=is.not_null', [1, 2, 4]],
		['year=isdistinct.1990', [2, 3, 4]],
		['tags=cs.{drama}', [1, 2]],
		['tags=cd.{drama,comedy}', [2, 3, 4]],
		['tags=ov.{war,comedy}', [1, 4]],
		['rated=sl.[20,25)', [1, 2]],
		['rated=sr.(10,20)', [3]],
		['rated=nxr.[1,20)', [1, 2]],
		['rated=nxl.[5,6)', [2, 3]],
		['rated=adj.[10,12)', [1]],
		['data->a->>b=eq.2', [2]],
		['data->list->0=eq.10', [1]],
		['data->>name=in.(x,y)', [1, 2]],
		['data=cs.{"name":"x"}', [1]],
		['tags->0=eq."comedy"', [4]],
		['or=(id.eq.1,id.eq.4)', [1, 4]],
		['or=(title.eq."Beta, the 2nd",and(id.gt.2,year.not.is.null))', [2, 4]],
		['not.or=(id.eq.1,id.in.(2,3))', [4]],
		['and=(tags.cs.{drama},tags.cs.{war})', [1]],
		['or=(tags.ov.{war,comedy},id.eq.3)', [1, 3, 4]],
		['or=(data->>name.eq.x,year.isdistinct.1990)', [1, 2, 3, 4]]
	])('%s', async (query, expected) => {
		expect(await ids(query)).toEqual(expected);
	});

	it('searches texts, with and without a language', async () => {
		const found = async (query: string) =>
			(await rest(`GET /scripts?select=film_id&${query}`)).json;
		expect(await found('body=fts(english).cats')).toEqual([{ film_id: 1 }]);
		expect(await found('body=plfts(english).a cat')).toEqual([{ film_id: 1 }]);
		expect(await found('body=phfts(english).upon a time')).toEqual([{ film_id: 1 }]);
		expect(await found('body=wfts(english).cat -time')).toEqual([]);
		expect(await found('body=not.fts(simple).cats')).toEqual([{ film_id: 1 }]);
	});

	it.each([
		['id=abc', 'unexpected "a" expecting "not" or operator (eq, gt, ...)'],
		['id=noop.1', 'unexpected "n" expecting "not" or operator (eq, gt, ...)'],
		['id=is.maybe', 'null or trilean'],
		['or=(id.eq.1', '")"'],
		['select=id,', 'field name'],
		['order=id.sideways', 'delimiter']
	])('refuses %s', async (query, details) => {
		const { status, json } = await rest(`GET /films?${query}`);
		expect(status).toBe(400);
		expect(json).toMatchObject({ code: 'PGRST100', hint: null });
		expect((json as { details: string }).details).toContain(details);
	});
});

describe('rows', () => {
	it('are ordered, with nulls where they are wanted', async () => {
		const order = async (by: string) =>
			((await rest(`GET /films?select=id&order=${by}`)).json as { id: number }[]).map((r) => r.id);
		expect(await order('year.desc.nullslast,id')).toEqual([4, 2, 1, 3]);
		expect(await order('year.asc.nullsfirst')).toEqual([3, 1, 2, 4]);
		expect(await order('data->>name.desc.nullslast,id')).toEqual([2, 1, 3, 4]);
	});

	it('are ordered by a row embedded to one, and not to many', async () => {
		const { json } = await rest(
			'GET /films?select=id,studios!films_studio_id_fkey(id)&studio_id=not.is.null&order=studios(name).desc,id.desc'
		);
		expect((json as { id: number }[]).map(({ id }) => id)).toEqual([3, 2, 1]);
		const many = await rest('GET /films?select=id,roles(part)&order=roles(part)');
		expect([many.status, many.json]).toMatchObject([400, { code: 'PGRST118' }]);
	});

	it('come in ranges, with counts', async () => {
		const exact = { prefer: 'count=exact' };
		const page = await rest('GET /films?limit=2&offset=1', undefined, exact);
		expect([page.status, page.headers.get('content-range')]).toEqual([206, '1-2/4']);
		expect(page.headers.get('preference-applied')).toBe('count=exact');
		const header = await rest('GET /films', undefined, { range: '2-9', ...exact });
		expect([header.status, header.headers.get('content-range')]).toEqual([206, '2-3/4']);
		const all = await rest('GET /films');
		expect([all.status, all.headers.get('content-range')]).toEqual([200, '0-3/*']);
		const none = await rest('GET /films?limit=0');
		expect([none.status, none.text, none.headers.get('content-range')]).toEqual([200, '[]', '*/*']);
		const beyond = await rest('GET /films?offset=9', undefined, exact);
		expect([beyond.status, beyond.json]).toEqual([
			416,
			{
				code: 'PGRST103',
				message: 'Requested range not satisfiable',
				details: 'An offset of 9 was requested, but there are only 4 rows.',
				hint: null
			}
		]);
		expect((await rest('GET /films', undefined, { range: '5-2' })).status).toBe(416);
		expect((await rest('GET /films?limit=-1')).status).toBe(416);
	});

	it('are guessed, or counted up to the limit, when that is enough', async () => {
		const planned = await rest('HEAD /films?id=gt.1', undefined, { prefer: 'count=planned' });
		expect([planned.text, planned.headers.get('content-range')]).toMatchObject([
			'',
			expect.stringMatching(/^0-2\/\d+$/) as string
		]);
		const estimated = await rest('GET /films', undefined, { prefer: 'count=estimated' });
		expect(estimated.headers.get('content-range')).toBe('0-3/4');
	});

	it('are never more than the project allows', async () => {
		await backend.sql`insert into public.actors select n, 'extra' from generate_series(1000, 1099) n`;
		const { json } = await rest('GET /actors');
		expect(json).toHaveLength(50);
		const { headers } = await rest('GET /actors?limit=80', undefined, { prefer: 'count=exact' });
		expect(headers.get('content-range')).toBe('0-49/103');
		const estimated = await rest('GET /actors', undefined, { prefer: 'count=estimated' });
		expect(Number(estimated.headers.get('content-range')?.split('/')[1])).toBeGreaterThan(50);
		await backend.sql`delete from public.actors where id >= 1000`;
	});
});

describe('what is selected', () => {
	it.each([
		['select=name:title,y:year::text&id=eq.1', { name: 'Alpha', y: '1990' }],
		['select=data->a->b,n:data->>name,data->list->1&id=eq.1', { b: 1, n: 'x', list: 20 }],
		['select=id,title_length&id=eq.1', { id: 1, title_length: 5 }],
		['select=id,neighbours(id)&id=eq.1', { id: 1, neighbours: [{ id: 2 }] }],
		['select=id,scripts(body)&id=eq.2', { id: 2, scripts: null }],
		['select=studios!films_second_fkey(name)&id=eq.1', { studios: { name: 'South' } }],
		['select=studio_id(name)&id=eq.1', { studio_id: { name: 'North' } }],
		['select=s:studios!studio_id(name)&id=eq.4', { s: null }],
		[
			'select=id,actors(name)&actors.order=name.desc&id=eq.1',
			{ id: 1, actors: [{ name: 'Bob' }, { name: 'Ann' }] }
		],
		[
			'select=id,roles(part,actors(name))&roles.limit=1&roles.order=part&id=eq.1',
			{ id: 1, roles: [{ part: 'hero', actors: { name: 'Ann' } }] }
		],
		['select=title,...studios!studio_id(studio:name)&id=eq.1', { title: 'Alpha', studio: 'North' }],
		[
			'select=title,...actors(names:name)&actors.order=name&id=eq.1',
			{ title: 'Alpha', names: ['Ann', 'Bob'] }
		],
		['select=id,roles()&roles.part=eq.hero&id=eq.1', { id: 1 }]
	])('%s', async (query, expected) => {
		const { status, json } = await rest(`GET /films?${query}`);
		expect([status, json]).toEqual([200, [expected]]);
	});

	it('may filter the rows above by those embedded', async () => {
		expect(await ids('select=id,roles!inner(part)&roles.part=eq.queen')).toEqual([2]);
		expect(await ids('select=id,roles(part)&roles=is.null')).toEqual([3, 4]);
		expect(await ids('select=id,roles(part)&roles.part=eq.queen&roles=not.is.null')).toEqual([2]);
		const query = 'select=id,roles(part),scripts(body)&or=(roles.not.is.null,id.eq.4)';
		expect(await ids(query)).toEqual([1, 2, 4]);
		expect(
			await ids('select=id,actors(name)&actors.or=(name.eq.Bob,name.eq.X)&actors=not.is.null')
		).toEqual([1]);
		const counted = await rest(
			'GET /films?select=id,roles!inner(part)&roles.part=eq.queen',
			undefined,
			{
				prefer: 'count=exact'
			}
		);
		expect(counted.headers.get('content-range')).toBe('0-0/1');
	});

	it('follows a key to the same table both ways', async () => {
		const { json } = await rest(
			'GET /studios?select=name,boss_id(name),staff:studios(name)&id=eq.1'
		);
		expect(json).toEqual([
			{ name: 'North', boss_id: null, staff: [{ name: 'South' }, { name: 'Empty' }] }
		]);
		const up = await rest('GET /studios?select=boss:boss_id(name)&id=eq.2');
		expect(up.json).toEqual([{ boss: { name: 'North' } }]);
	});

	it('embeds through views', async () => {
		const { json } = await rest('GET /film_titles?select=title,studios(name),actors(name)&id=eq.2');
		expect(json).toEqual([
			{ title: 'Beta, the 2nd', studios: { name: 'North' }, actors: [{ name: 'Ann' }] }
		]);
	});

	it('names what cannot be embedded', async () => {
		const none = await rest('GET /films?select=samples(id)');
		expect([none.status, none.json]).toMatchObject([
			400,
			{
				code: 'PGRST200',
				message: "Could not find a relationship between 'films' and 'samples' in the schema cache",
				details:
					"Searched for a foreign key relationship between 'films' and 'samples' in the schema 'public', but no matches were found."
			}
		]);
		const typo = await rest('GET /films?select=role(part)');
		expect(typo.json).toMatchObject({ hint: "Perhaps you meant 'roles' instead of 'role'." });
		const many = await rest('GET /films?select=studios(name)');
		expect([many.status, many.json]).toMatchObject([300, { code: 'PGRST201' }]);
		expect((many.json as { details: unknown[] }).details).toContainEqual({
			cardinality: 'many-to-one',
			embedding: 'films with studios',
			relationship: 'films_second_fkey using films(second_studio_id) and studios(id)'
		});
		const filter = await rest('GET /films?select=id&roles.part=eq.x');
		expect([filter.status, filter.json]).toMatchObject([400, { code: 'PGRST108' }]);
		const operator = await rest('GET /films?select=id,roles(part)&roles=eq.1');
		expect([operator.status, operator.json]).toMatchObject([400, { code: 'PGRST120' }]);
	});

	it('is not an aggregate, unless the project allows it', async () => {
		const query = 'GET /films?select=studio_id,n:id.count(),year.max()&order=studio_id.nullslast';
		const refused = await rest(query);
		expect([refused.status, refused.json]).toMatchObject([400, { code: 'PGRST123' }]);
		await backend.sql`alter role authenticator set pgrst.db_aggregates_enabled = 'true'`;
		await backend.api.reloadSchema();
		expect((await rest(query)).json).toEqual([
			{ studio_id: 1, n: 2, max: 1995 },
			{ studio_id: 2, n: 1, max: null },
			{ studio_id: null, n: 1, max: 2010 }
		]);
		expect((await rest('GET /films?select=count()')).json).toEqual([{ count: 4 }]);
		await backend.sql`alter role authenticator reset pgrst.db_aggregates_enabled`;
		await backend.api.reloadSchema();
	});
});

describe('the form of an answer', () => {
	it('is one object when asked, or 406', async () => {
		const accept = 'application/vnd.pgrst.object+json';
		const one = await rest('GET /films?select=id,year&id=eq.3', undefined, { accept });
		expect([one.json, one.headers.get('content-type')]).toEqual([
			{ id: 3, year: null },
			'application/vnd.pgrst.object+json; charset=utf-8'
		]);
		const stripped = { accept: `${accept};nulls=stripped` };
		expect((await rest('GET /films?select=id,year&id=eq.3', undefined, stripped)).json).toEqual({
			id: 3
		});
		const several = await rest('GET /films', undefined, { accept });
		expect([several.status, several.json]).toEqual([
			406,
			{
				code: 'PGRST116',
				message: 'Cannot coerce the result to a single JSON object',
				details: 'The result contains 4 rows',
				hint: null
			}
		]);
	});

	it('is CSV when asked', async () => {
		const { text, headers } = await rest('GET /films?select=id,title&order=id', undefined, {
			accept: 'text/csv'
		});
		expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
		expect(text).toBe('id,title\n1,Alpha\n2,"Beta, the 2nd"\n3,"gamma ""ray"""\n4,Delta');
	});

	it('is no plan, and nothing unknown', async () => {
		for (const accept of ['application/vnd.pgrst.plan+json', 'image/png']) {
			const { status, json } = await rest('GET /films', undefined, { accept });
			expect([status, json]).toEqual([
				406,
				{
					code: 'PGRST107',
					message: `None of these media types are available: ${accept}`,
					details: null,
					hint: null
				}
			]);
		}
	});

	it('writes each type as Postgres does', async () => {
		const { text } = await rest('GET /samples');
		const row = JSON.parse(
			text.replace('9007199254740993', '"big"').replace('12.50', '"12.50"')
		) as unknown;
		expect(row).toEqual([
			{
				id: 1,
				big: 'big',
				exact: '12.50',
				day: '2026-01-02',
				at: '2026-01-02T03:04:05.678+00:00',
				local: '2026-01-02T03:04:05',
				span: '1 day 02:00:00',
				bytes: '\\xdeadbeef',
				price: { amount: 9.99, currency: 'EUR' },
				grid: [
					[1, 2],
					[3, 4]
				],
				ratio: 'NaN',
				flag: true,
				mark: '00000000-0000-0000-0000-000000000001'
			}
		]);
		const part = await rest('GET /samples?select=price->>currency&price->amount=gt.9');
		expect(part.json).toEqual([{ currency: 'EUR' }]);
	});

	it('is of the schema that a profile names', async () => {
		const items = await rest('GET /items?select=name&id=eq.1', undefined, {
			'accept-profile': 'shop'
		});
		expect([items.json, items.headers.get('content-profile')]).toEqual([[{ name: 'cup' }], 'shop']);
		const made = await rest('POST /items', { id: 9, name: 'fork' }, { 'content-profile': 'shop' });
		expect(made.status).toBe(201);
		const client = backend.client({ key: backend.keys.secretKey }).schema('shop');
		expect((await client.from('items').select('name').eq('id', 9).single()).data).toEqual({
			name: 'fork'
		});
		const wrong = await rest('GET /items', undefined, { 'accept-profile': 'private' });
		expect([wrong.status, wrong.json]).toEqual([
			406,
			{
				code: 'PGRST106',
				message: 'Invalid schema: private',
				details: null,
				hint: 'Only the following schemas are exposed: public, shop'
			}
		]);
	});

	it.each([
		['GET /', 404, 'PGRST126'],
		['GET /films/1', 404, 'PGRST125'],
		['GET /film', 404, 'PGRST205'],
		['GET /films?select=nope', 400, '42703'],
		['GET /hidden', 401, '42501'],
		['GET /films?id=eq.x', 400, '22P02']
	])('%s is refused', async (line, status, code) => {
		const answer = await rest(line);
		expect([answer.status, answer.json]).toMatchObject([status, { code }]);
	});

	it('names the column that a message of Postgres is about', async () => {
		const { json } = await rest('GET /films?select=nope');
		expect(json).toMatchObject({ message: 'column films.nope does not exist' });
		expect((await rest('GET /film')).json).toMatchObject({
			hint: "Perhaps you meant the table 'public.films'"
		});
	});
});
