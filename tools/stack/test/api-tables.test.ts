import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, call, startProduct } from './support/product.ts';
import type { Product } from './support/product.ts';

let product: Product;
let backend: Product['backend'];
let alice: Product['alice'];
let bob: Product['bob'];
let siteId: Product['siteId'];
let conversationId: Product['conversationId'];
let visitorId: Product['visitorId'];

beforeAll(async () => {
	product = await startProduct();
	({ backend, alice, bob, siteId, conversationId, visitorId } = product);
});

afterAll(() => product.backend.stop());

describe('tables', () => {
	it('fill defaults from the session', async () => {
		const { data } = await alice.from('sites').select('owner_id').eq('id', siteId).single();
		const { data: user } = await alice.auth.getUser();
		expect(data?.owner_id).toBe(user.user?.id);
	});

	it('show a row to nobody but its owner', async () => {
		expect((await alice.from('sites').select('id')).data).toEqual([{ id: siteId }]);
		expect((await bob.from('sites').select('id')).data).toEqual([]);
	});

	it('refuse a row for somebody else with 403, and nobody with 401', async () => {
		const { data } = await alice.from('sites').select('owner_id').single();
		const foreign = await bob.from('sites').insert({ name: 'X', owner_id: data?.owner_id });
		expect([foreign.status, foreign.error?.code]).toEqual([403, '42501']);
		const nobody = await backend.client().from('sites').select();
		expect([nobody.status, nobody.error?.code]).toEqual([401, '42501']);
	});

	it('keep a privilege revoked that row-level security would allow', async () => {
		const { error } = await alice.from('locked').select();
		expect(error?.code).toBe('42501');
	});

	it('embed two levels', async () => {
		const { data } = await alice
			.from('sites')
			.select('id, conversations(status, messages(body))')
			.eq('id', siteId)
			.single();
		const conversations = data?.conversations as { status: string; messages: unknown[] }[];
		expect(conversations.map((c) => [c.status, c.messages.length])).toEqual([['open', 25]]);
	});

	it('filter by an inner embed', async () => {
		const { data } = await alice
			.from('messages')
			.select('body, conversations!inner(status)')
			.eq('conversations.status', 'open')
			.limit(3);
		expect(data).toHaveLength(3);
	});

	it('count and cut', async () => {
		const page = await alice
			.from('messages')
			.select('*', { count: 'exact' })
			.order('id', { ascending: false })
			.range(5, 9);
		expect([page.count, page.data?.length]).toEqual([25, 5]);
		const head = await alice.from('messages').select('*', { count: 'exact', head: true });
		expect([head.count, head.data]).toEqual([25, null]);
	});

	it('compare Cyrillic without regard to case', async () => {
		const { data } = await alice.from('messages').select('body').ilike('body', 'ПРИВІТ 2%');
		expect(data?.length).toBe(6);
	});

	it('combine conditions', async () => {
		const { data } = await alice
			.from('messages')
			.select('body')
			.or('body.ilike.%привіт 23%,body.eq.Привіт 7');
		expect(data?.map((row) => row.body as string).toSorted()).toEqual(['Привіт 23', 'Привіт 7']);
	});

	it('upsert', async () => {
		const row = { id: conversationId, site_id: siteId, visitor_id: visitorId, status: 'pending' };
		const { data } = await alice.from('conversations').upsert(row).select('status').single();
		expect(data).toEqual({ status: 'pending' });
		await alice.from('conversations').update({ status: 'open' }).eq('id', conversationId);
	});

	it('answer one object for a write that selects a path in JSON', async () => {
		const { data, error } = await alice
			.from('conversations')
			.update({ meta: { a: { b: 1 } } })
			.eq('id', conversationId)
			.select('x:meta->a->>b')
			.single();
		expect([error, data]).toEqual([null, { x: '1' }]);
		const found = await alice
			.from('conversations')
			.select('id')
			.contains('meta', { a: { b: 1 } });
		expect(found.data).toEqual([{ id: conversationId }]);
	});

	it('leave nothing written when .single() meets several rows', async () => {
		const { error } = await alice
			.from('messages')
			.update({ author: 'visitor' })
			.like('body', 'Привіт 1%')
			.select('id')
			.single();
		expect(error?.code).toBe('PGRST116');
		const changed = await alice.from('messages').select('id').eq('author', 'visitor');
		expect(changed.data).toEqual([]);
	});

	it('read a view with the rights of the caller', async () => {
		expect((await alice.from('message_texts').select('*')).data).toHaveLength(25);
		expect((await bob.from('message_texts').select('*')).data).toHaveLength(0);
	});

	it('delete and return', async () => {
		const { data } = await alice.from('messages').delete().eq('body', 'Привіт 24').select('body');
		expect(data).toEqual([{ body: 'Привіт 24' }]);
	});

	it('honour Prefer: minimal, representation and count', async () => {
		const headers = await authorization(alice);
		const body = JSON.stringify({ name: 'Second' });
		const minimal = await call(backend, 'POST', '/sites', body, {
			...headers,
			prefer: 'return=minimal'
		});
		expect([minimal.status, minimal.text]).toEqual([201, '']);
		const full = await call(
			backend,
			'PATCH',
			'/sites?name=eq.Second',
			JSON.stringify({ name: 'Third' }),
			{
				...headers,
				prefer: 'return=representation,count=exact'
			}
		);
		expect([full.status, full.json]).toMatchObject([200, [{ name: 'Third' }]]);
		expect(full.headers.get('preference-applied')).toContain('return=representation');
		const gone = await call(backend, 'DELETE', '/sites?name=eq.Third', undefined, headers);
		expect([gone.status, gone.text]).toEqual([204, '']);
	});
});

describe('the schema', () => {
	it('is read again after a change', async () => {
		await backend.sql`create table public.late (id int primary key)`;
		await backend.sql`grant select on public.late to anon`;
		await expect.poll(async () => (await backend.client().from('late').select()).data).toEqual([]);
	});
});
