import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, call, startProduct } from './support/product.ts';
import type { Product } from './support/product.ts';

let product: Product;
let backend: Product['backend'];
let alice: Product['alice'];
let conversationId: Product['conversationId'];

beforeAll(async () => {
	product = await startProduct();
	({ backend, alice, conversationId } = product);
});

afterAll(() => product.backend.stop());

describe('values', () => {
	const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$/;

	it('write timestamps as ISO 8601, selected, returned and embedded alike', async () => {
		const selected = await alice
			.from('sites')
			.select('created_at, conversations(created_at)')
			.single();
		expect(selected.data?.created_at).toMatch(iso);
		expect((selected.data?.conversations as { created_at: string }[])[0]?.created_at).toMatch(iso);
		const returned = await alice
			.from('messages')
			.insert({ conversation_id: conversationId, author: 'operator', body: 'now' })
			.select('created_at')
			.single();
		expect(returned.data?.created_at).toMatch(iso);
	});

	it('write bigint and numeric as JSON numbers', async () => {
		const { text } = await call(backend, 'POST', '/rpc/largest', '{}');
		expect(text).toBe('9007199254740991');
		const { data } = await alice
			.from('conversations')
			.update({ price: 12.5 })
			.eq('id', conversationId)
			.select('price')
			.single();
		expect(data).toEqual({ price: 12.5 });
	});

	it.each([
		['object', { a: { b: [1, null] } }],
		['array', [1, 'two']],
		['string', 'plain'],
		['string', '{"looks":"like JSON"}'],
		['number', 5],
		['boolean', true]
	])('keep JSON what it is: %s', async (type, value) => {
		const stored = await alice
			.from('conversations')
			.update({ meta: value })
			.eq('id', conversationId)
			.select('meta')
			.single();
		expect(stored.data).toEqual({ meta: value });
		const described = await alice.rpc('describe_json', { value });
		expect(described.data).toEqual({ type, value });
	});

	it('store arrays of an enum', async () => {
		const { data, error } = await alice
			.from('conversations')
			.update({ past_statuses: ['pending', 'open'] })
			.eq('id', conversationId)
			.select('past_statuses')
			.single();
		expect([error, data]).toEqual([null, { past_statuses: ['pending', 'open'] }]);
	});
});

describe('functions', () => {
	it('take named arguments and defaults, by POST and GET', async () => {
		expect((await alice.rpc('add', { a: 2, b: 3 })).data).toBe(5);
		expect((await alice.rpc('add', { a: 2 })).data).toBe(12);
		expect((await alice.rpc('add', { a: 2, b: 3 }, { get: true })).data).toBe(5);
	});

	it('take arrays with any text', async () => {
		const texts = ['a', 'b "c"', 'd,e', '\\', ''];
		expect((await alice.rpc('join_texts', { texts })).data).toBe(texts.join('|'));
	});

	it('answer void with 204', async () => {
		const { status, text } = await call(backend, 'POST', '/rpc/reply', '{"seen_seq":3}');
		expect([status, text]).toEqual([204, '']);
	});

	it('answer a composite as an object and a set as an array', async () => {
		const one = await alice.rpc('first_message');
		expect(one.data).toMatchObject({ body: 'Привіт 0', author: 'operator' });
		const many = await alice.rpc('all_messages').select('body').order('id').limit(2);
		expect(many.data).toEqual([{ body: 'Привіт 0' }, { body: 'Привіт 1' }]);
	});

	it('run as the caller, with the settings of the role', async () => {
		const answer = await alice.rpc('whoami');
		expect(answer.data).toMatchObject({
			role: 'authenticated',
			login: 'authenticator',
			timeout: '8s',
			search_path: 'public, extensions',
			jwt: { email: 'alice@example.com', role: 'authenticated' }
		});
		const { data: user } = await alice.auth.getUser();
		expect(answer.data).toHaveProperty('uid', user.user?.id);
	});

	it('see the headers of the request and the address of the caller', async () => {
		const { json } = await call(backend, 'POST', '/rpc/whoami', '{}', { 'x-page': '/pricing' });
		const { headers } = json as { headers: Record<string, string> };
		expect(headers).toMatchObject({ 'x-page': '/pricing', 'x-forwarded-for': '127.0.0.1' });
	});

	it('do not write when called by GET', async () => {
		const headers = await authorization(alice);
		const { status, json } = await call(
			backend,
			'GET',
			'/rpc/rename_all?name=x',
			undefined,
			headers
		);
		expect([status, json]).toMatchObject([405, { code: '25006' }]);
	});
});
