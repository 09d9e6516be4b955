import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startProduct } from './support/product.ts';
import type { Product } from './support/product.ts';

let product: Product;
let backend: Product['backend'];
let siteId: Product['siteId'];
let conversationId: Product['conversationId'];
let visitorId: Product['visitorId'];

beforeAll(async () => {
	product = await startProduct();
	({ backend, siteId, conversationId, visitorId } = product);
});

afterAll(() => product.backend.stop());

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
		const { status } = await call(backend, 'GET', '/sites', undefined, {
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

	it('take a token without a role for nobody in particular', async () => {
		const token = await backend.mint({ sub: visitorId });
		expect((await backend.client({ token }).rpc('whoami')).data).toMatchObject({
			role: 'anon',
			uid: visitorId
		});
	});

	it.each([
		['postgres', 403],
		['nobody_here', 401]
	])('refuse a role that authenticator may not take: %s', async (role, expected) => {
		const token = await backend.mint({ role });
		const { status } = await backend.client({ token }).from('sites').select();
		expect(status).toBe(expected);
	});

	it('tell an expired token from a forged one', async () => {
		const expired = await backend.mint({ role: 'anon' }, Math.floor(Date.now() / 1000) - 60);
		const late = await call(backend, 'GET', '/sites', undefined, {
			authorization: `Bearer ${expired}`
		});
		expect([late.status, late.json]).toMatchObject([
			401,
			{ code: 'PGRST303', message: 'JWT expired' }
		]);
		expect(late.headers.get('www-authenticate')).toContain('JWT expired');
		const token = await backend.mint({ role: 'service_role' });
		const signature = token.slice(token.lastIndexOf('.') + 1);
		const forged = token.replace(signature, signature.split('').toReversed().join(''));
		const answer = await call(backend, 'GET', '/sites', undefined, {
			authorization: `Bearer ${forged}`
		});
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
