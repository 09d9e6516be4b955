import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSchema, startBackend } from './support/backend.ts';
import type { Backend } from './support/backend.ts';

let backend: Backend;
let alice: SupabaseClient;
let bob: SupabaseClient;
let siteId: string;
let conversationId: string;
const visitorId = crypto.randomUUID();

beforeAll(async () => {
	backend = await startBackend({ schema: await readSchema() });
	alice = await signUp('alice@example.com');
	bob = await signUp('bob@example.com');
	const site = await alice.from('sites').insert({ name: 'Shop' }).select().single();
	siteId = (site.data as { id: string }).id;
	const conversation = await alice
		.from('conversations')
		.insert({ site_id: siteId, visitor_id: visitorId })
		.select('id')
		.single();
	conversationId = (conversation.data as { id: string }).id;
	const messages = Array.from({ length: 25 }, (_, i) => ({
		conversation_id: conversationId,
		author: 'operator',
		body: `Привіт ${i}`
	}));
	const written = await alice.from('messages').insert(messages);
	expect(written.error).toBeNull();
});

afterAll(() => backend.stop());

async function signUp(email: string): Promise<SupabaseClient> {
	const client = backend.client();
	const { error } = await client.auth.signUp({ email, password: 'passw0rd!' });
	expect(error).toBeNull();
	return client;
}

/** The wire itself, where supabase-js would tidy it. */
async function call(
	method: string,
	path: string,
	body?: string,
	headers: Record<string, string> = {}
) {
	const response = await fetch(`${backend.url}/rest/v1${path}`, {
		method,
		headers: {
			apikey: backend.keys.publishableKey,
			'content-type': 'application/json',
			...headers
		},
		...(body !== undefined && { body })
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
	return text === '' ? null : JSON.parse(text);
}

async function authorization(client: SupabaseClient): Promise<Record<string, string>> {
	const { data } = await client.auth.getSession();
	return { authorization: `Bearer ${data.session?.access_token ?? ''}` };
}

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
		const minimal = await call('POST', '/sites', body, { ...headers, prefer: 'return=minimal' });
		expect([minimal.status, minimal.text]).toEqual([201, '']);
		const full = await call('PATCH', '/sites?name=eq.Second', JSON.stringify({ name: 'Third' }), {
			...headers,
			prefer: 'return=representation,count=exact'
		});
		expect([full.status, full.json]).toMatchObject([200, [{ name: 'Third' }]]);
		expect(full.headers.get('preference-applied')).toContain('return=representation');
		const gone = await call('DELETE', '/sites?name=eq.Third', undefined, headers);
		expect([gone.status, gone.text]).toEqual([204, '']);
	});
});

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
		const { text } = await call('POST', '/rpc/largest', '{}');
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
		const { status, text } = await call('POST', '/rpc/reply', '{"seen_seq":3}');
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
		const { json } = await call('POST', '/rpc/whoami', '{}', { 'x-page': '/pricing' });
		const { headers } = json as { headers: Record<string, string> };
		expect(headers).toMatchObject({ 'x-page': '/pricing', 'x-forwarded-for': '127.0.0.1' });
	});

	it('do not write when called by GET', async () => {
		const headers = await authorization(alice);
		const { status, json } = await call('GET', '/rpc/rename_all?name=x', undefined, headers);
		expect([status, json]).toMatchObject([405, { code: '25006' }]);
	});
});

describe('errors', () => {
	it('carry what SQL raised', async () => {
		const { status, json } = await call('POST', '/rpc/reply', '{"seen_seq":1}');
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
		['22023', 400]
	])('map %s to %i', async (state, expected) => {
		const { status, json } = await call('POST', '/rpc/refuse', JSON.stringify({ state }));
		expect([status, json]).toMatchObject([expected, { code: state, message: 'refused' }]);
	});

	it.each([
		['a duplicate', { body: 'Привіт 0', author: 'operator' }, 409, '23505'],
		['a failed check', { body: 'x', author: 'nobody' }, 400, '23514'],
		['a missing column', { author: 'operator' }, 400, '23502'],
		['an unknown column', { nope: 1 }, 400, 'PGRST204'],
		['a NUL in a text', { body: 'a\u0000b', author: 'operator' }, 400, '22021']
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
		const { status, json } = await call(method, path, body);
		expect([status, json]).toMatchObject([expected, { code }]);
	});

	it('name an unknown column and a missing row', async () => {
		expect((await alice.from('sites').select('nope')).error?.code).toBe('42703');
		const none = await alice.from('sites').select().eq('id', crypto.randomUUID()).single();
		expect([none.status, none.error?.code]).toEqual([406, 'PGRST116']);
	});

	it('end a statement at the limit of the role', async () => {
		const { status, json } = await call('POST', '/rpc/sleep', '{"seconds":10}');
		expect([status, json]).toMatchObject([500, { code: '57014' }]);
	});

	it('refuse a body over the limit', async () => {
		const value = 'x'.repeat(6 * 1024 * 1024);
		const { status } = await call('POST', '/rpc/describe_json', JSON.stringify({ value }));
		expect(status).toBe(413);
	});
});

describe('keys and tokens', () => {
	it('refuse a missing and a wrong key', async () => {
		const missing = await fetch(`${backend.url}/rest/v1/sites`);
		expect(missing.status).toBe(401);
		const wrong = await backend.client({ key: 'sb_publishable_wrong' }).from('sites').select();
		expect(wrong.status).toBe(401);
	});

	it('give the secret key all rows', async () => {
		const client = backend.client({ key: backend.keys.secretKey });
		expect((await client.rpc('whoami')).data).toMatchObject({ role: 'service_role' });
		expect((await client.from('sites').select('id')).data).toEqual([{ id: siteId }]);
	});

	it('refuse the secret key in a browser', async () => {
		const { status } = await call('GET', '/sites', undefined, {
			apikey: backend.keys.secretKey,
			'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)'
		});
		expect(status).toBe(401);
	});

	it('accept the legacy keys', async () => {
		const anon = await backend.client({ key: backend.keys.anonJwt }).rpc('whoami');
		expect(anon.data).toMatchObject({ role: 'anon' });
		const service = await backend.client({ key: backend.keys.serviceRoleJwt }).rpc('whoami');
		expect(service.data).toMatchObject({ role: 'service_role' });
	});

	it('let a visitor act with claims of ours', async () => {
		const token = await backend.mint({ role: 'anon', sub: visitorId, visitor_id: visitorId });
		const visitor = backend.client({ token });
		expect((await visitor.rpc('whoami')).data).toMatchObject({
			role: 'anon',
			uid: visitorId,
			jwt: { visitor_id: visitorId }
		});
		expect((await visitor.from('conversations').select('id')).data).toEqual([
			{ id: conversationId }
		]);
		const message = { conversation_id: conversationId, body: 'from the visitor' };
		const own = await visitor.from('messages').insert({ ...message, author: 'visitor' });
		expect(own.error).toBeNull();
		const forged = await visitor.from('messages').insert({ ...message, author: 'operator' });
		expect(forged.error?.code).toBe('42501');
		expect((await visitor.from('sites').select()).error?.code).toBe('42501');
	});

	it('refuse a role that authenticator may not take', async () => {
		const token = await backend.mint({ role: 'postgres' });
		const { status } = await backend.client({ token }).from('sites').select();
		expect(status).toBe(403);
	});

	it('tell an expired token from a forged one', async () => {
		const expired = await backend.mint({ role: 'anon' }, Math.floor(Date.now() / 1000) - 60);
		const late = await call('GET', '/sites', undefined, { authorization: `Bearer ${expired}` });
		expect([late.status, late.json]).toMatchObject([
			401,
			{ code: 'PGRST303', message: 'JWT expired' }
		]);
		expect(late.headers.get('www-authenticate')).toContain('JWT expired');
		const token = await backend.mint({ role: 'service_role' });
		const signature = token.slice(token.lastIndexOf('.') + 1);
		const forged = token.replace(signature, signature.split('').toReversed().join(''));
		const answer = await call('GET', '/sites', undefined, { authorization: `Bearer ${forged}` });
		expect([answer.status, answer.json]).toMatchObject([401, { code: 'PGRST301' }]);
	});
});

describe('browsers of another origin', () => {
	const preflight = {
		origin: 'https://shop.example',
		'access-control-request-method': 'POST',
		'access-control-request-headers': 'apikey,authorization,content-type,x-client-info'
	};

	it('are let in by a preflight that they may remember', async () => {
		const response = await fetch(`${backend.url}/rest/v1/rpc/add`, {
			method: 'OPTIONS',
			headers: preflight
		});
		expect(response.status).toBe(204);
		expect(response.headers.get('access-control-allow-origin')).toBe('*');
		expect(response.headers.get('access-control-allow-headers')).toContain('x-client-info');
		expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(600);
	});

	it.each(['/rest/v1/nope', '/auth/v1/user', '/storage/v1/object/private/x', '/nowhere'])(
		'can read the error of %s',
		async (path) => {
			const response = await fetch(backend.url + path);
			expect(response.status).toBeGreaterThanOrEqual(400);
			expect(response.headers.get('access-control-allow-origin')).toBe('*');
			await response.arrayBuffer();
		}
	);
});

describe('the schema', () => {
	it('is read again after a change', async () => {
		await backend.sql`create table public.late (id int primary key)`;
		await backend.sql`grant select on public.late to anon`;
		await expect
			.poll(async () => (await backend.client().from('late').select()).data, { timeout: 10_000 })
			.toEqual([]);
	});
});
