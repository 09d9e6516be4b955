import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startProduct } from './support/product.ts';
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

describe('errors', () => {
	it('carry what SQL raised', async () => {
		const { status, json } = await call(backend, 'POST', '/rpc/reply', '{"seen_seq":1}');
		expect([status, json]).toEqual([
			409,
			{ code: 'PT409', message: 'stale_reply', details: '{"last_seq":3}', hint: null }
		]);
	});

	it.each([
		['PT402', 402],
		['PT429', 429],
		['P0001', 400],
		['23503', 409],
		['40001', 500],
		['53300', 503],
		['28000', 403],
		['22023', 400],
		['21000', 500]
	])('map %s to %i', async (state, expected) => {
		const { status, json } = await call(backend, 'POST', '/rpc/refuse', JSON.stringify({ state }));
		expect([status, json]).toMatchObject([expected, { code: state, message: 'refused' }]);
	});

	it.each([
		['a duplicate', { body: 'Привіт 0', author: 'operator' }, 409, '23505'],
		['a failed check', { body: 'x', author: 'nobody' }, 400, '23514'],
		['a missing column', { author: 'operator' }, 400, '23502'],
		['an unknown column', { nope: 1 }, 400, 'PGRST204'],
		['a NUL in a text', { body: 'a\u0000b', author: 'operator' }, 400, '22P05']
	])('name %s', async (_, row, expected, code) => {
		const { status, error } = await alice
			.from('messages')
			.insert({ conversation_id: conversationId, ...row });
		expect([status, error?.code]).toEqual([expected, code]);
	});

	it('refuse a NUL in JSON', async () => {
		const { status, error } = await alice.rpc('describe_json', { value: { a: '\u0000' } });
		expect([status, error?.code]).toEqual([400, '22P05']);
	});

	it.each([
		['a malformed body', 'POST', '/rpc/add', '{bad', 400, 'PGRST102'],
		['an unknown function', 'POST', '/rpc/nope', '{}', 404, 'PGRST202'],
		['an unknown argument', 'POST', '/rpc/add', '{"z":1}', 404, 'PGRST202'],
		['an unknown table', 'GET', '/nope', undefined, 404, 'PGRST205'],
		['a bad filter value', 'GET', '/messages?id=eq.abc', undefined, 400, '22P02'],
		['a bad argument', 'POST', '/rpc/add', '{"a":"x"}', 400, '22P02'],
		['a bad filter', 'GET', '/messages?id=abc', undefined, 400, 'PGRST100']
	])('name %s', async (_, method, path, body, expected, code) => {
		const { status, json } = await call(backend, method, path, body);
		expect([status, json]).toMatchObject([expected, { code }]);
	});

	it('name an unknown column and a missing row', async () => {
		expect((await alice.from('sites').select('nope')).error?.code).toBe('42703');
		const none = await alice.from('sites').select().eq('id', crypto.randomUUID()).single();
		expect([none.status, none.error?.code]).toEqual([406, 'PGRST116']);
	});

	it('end a statement at the limit of the role', async () => {
		const { status, json } = await call(backend, 'POST', '/rpc/sleep', '{"seconds":10}');
		expect([status, json]).toMatchObject([500, { code: '57014' }]);
	});

	it('refuse a body over the limit', async () => {
		const value = 'x'.repeat(6 * 1024 * 1024);
		const { status } = await call(backend, 'POST', '/rpc/describe_json', JSON.stringify({ value }));
		expect(status).toBe(413);
	});
});
