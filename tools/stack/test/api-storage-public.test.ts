import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { startSchema } from './support/product.ts';

let backend: Backend;
const text = { contentType: 'text/plain' };

beforeAll(async () => {
	backend = await startSchema();
});

afterAll(() => backend.stop());

function service() {
	return backend.client({ key: backend.keys.secretKey }).storage;
}

function publicUrl(file: string): string {
	return service().from('public').getPublicUrl(file).data.publicUrl;
}

describe('a public bucket', () => {
	beforeAll(async () => {
		const bytes = Buffer.from('0123456789');
		const options = { contentType: 'application/json', cacheControl: '300' };
		expect((await service().from('public').upload('site.json', bytes, options)).error).toBeNull();
	});

	it('is served to anybody, to be cached as uploaded', async () => {
		const response = await fetch(publicUrl('site.json'));
		expect(await response.text()).toBe('0123456789');
		expect(response.headers.get('cache-control')).toBe('max-age=300');
		expect(response.headers.get('content-type')).toBe('application/json');
		expect(response.headers.get('access-control-allow-origin')).toBe('*');
		const head = await fetch(publicUrl('site.json'), { method: 'HEAD' });
		expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
	});

	it('answers 304 to those who know the file, until it changes', async () => {
		const first = await fetch(publicUrl('site.json'));
		await first.arrayBuffer();
		const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
		expect((await fetch(publicUrl('site.json'), { headers })).status).toBe(304);
		await service().from('public').upload('site.json', Buffer.from('9876543210'), { upsert: true });
		const changed = await fetch(publicUrl('site.json'), { headers });
		expect([changed.status, await changed.text()]).toEqual([200, '9876543210']);
		await service().from('public').upload('site.json', Buffer.from('0123456789'), { upsert: true });
	});

	it.each([
		['bytes=0-2', 206, '012', 'bytes 0-2/10'],
		['bytes=7-', 206, '789', 'bytes 7-9/10'],
		['bytes=-2', 206, '89', 'bytes 8-9/10'],
		['bytes=8-99', 206, '89', 'bytes 8-9/10'],
		['bytes=10-', 416, '', 'bytes */10'],
		['lines=1-2', 200, '0123456789', null]
	])('answers %s with %i', async (range, status, body, contentRange) => {
		const response = await fetch(publicUrl('site.json'), { headers: { range } });
		expect([response.status, await response.text()]).toEqual([status, body]);
		expect(response.headers.get('content-range')).toBe(contentRange);
	});

	it('does not run uploaded pages', async () => {
		const page = Buffer.from('<script>alert(1)</script>');
		await service().from('public').upload('page.html', page, { contentType: 'text/html' });
		const response = await fetch(publicUrl('page.html'));
		await response.arrayBuffer();
		expect(response.headers.get('content-type')).toBe('text/plain');
		expect(response.headers.get('x-content-type-options')).toBe('nosniff');
	});

	it('holds an empty file', async () => {
		await service().from('public').upload('empty.txt', Buffer.alloc(0), text);
		const response = await fetch(publicUrl('empty.txt'));
		expect([response.status, await response.text()]).toEqual([200, '']);
	});
});
