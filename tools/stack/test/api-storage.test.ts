import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from './support/backend.ts';
import { signUp, startSchema } from './support/product.ts';

let backend: Backend;
let alice: SupabaseClient;
let aliceId: string;
let bob: SupabaseClient;
const text = { contentType: 'text/plain' };

beforeAll(async () => {
	backend = await startSchema();
	[alice, aliceId] = await signUp(backend, 'alice@example.com');
	[bob] = await signUp(backend, 'bob@example.com');
});

afterAll(() => backend.stop());

function service() {
	return backend.client({ key: backend.keys.secretKey }).storage;
}

describe('a private bucket', () => {
	it('gives a file to those whom the policy names', async () => {
		const file = `${aliceId}/a.txt`;
		const { data } = await alice.storage.from('private').upload(file, 'hello', text);
		expect(data?.path).toBe(file);
		const own = await alice.storage.from('private').download(file);
		expect(await own.data?.text()).toBe('hello');
		expect((await bob.storage.from('private').download(file)).error).not.toBeNull();
		const { data: rows } = await alice.storage.from('private').remove([file]);
		expect(rows).toHaveLength(1);
		expect((await alice.storage.from('private').download(file)).error).not.toBeNull();
	});

	it('refuses a file in a foreign folder', async () => {
		const { error } = await alice.storage.from('private').upload('other/a.txt', 'x', text);
		expect(error).toMatchObject({ statusCode: '403' });
	});

	it('serves a visitor by the claims of their token', async () => {
		const visitorId = crypto.randomUUID();
		const token = await backend.mint({ role: 'anon', sub: visitorId, visitor_id: visitorId });
		const files = backend.client({ token }).storage.from('private');
		expect((await files.upload(`${visitorId}/v.txt`, 'hi', text)).error).toBeNull();
		expect(await (await files.download(`${visitorId}/v.txt`)).data?.text()).toBe('hi');
		expect((await files.upload('somebody/v.txt', 'hi', text)).error).not.toBeNull();
	});

	it('refuses an expired token', async () => {
		const token = await backend.mint({ role: 'anon' }, Math.floor(Date.now() / 1000) - 5);
		const { error } = await backend.client({ token }).storage.from('private').list();
		expect(error).toMatchObject({
			statusCode: '403',
			message: expect.stringContaining('exp') as string
		});
	});

	it('is not served as public', async () => {
		await alice.storage.from('private').upload(`${aliceId}/secret.txt`, 'x', text);
		const response = await fetch(
			`${backend.url}/storage/v1/object/public/private/${aliceId}/secret.txt`
		);
		expect(response.status).toBe(400);
		await response.arrayBuffer();
	});
});

describe('an upload', () => {
	it('replaces a file only when told to', async () => {
		const files = alice.storage.from('private');
		const file = `${aliceId}/replace.txt`;
		await files.upload(file, 'one', text);
		expect((await files.upload(file, 'two', text)).error).toMatchObject({ statusCode: '409' });
		expect((await files.upload(file, 'three', { ...text, upsert: true })).error).toBeNull();
		expect(await (await files.download(file)).data?.text()).toBe('three');
		expect((await files.update(file, 'four', text)).error).toBeNull();
		expect(await (await files.download(file)).data?.text()).toBe('four');
	});

	it('may be a form, as a browser sends it', async () => {
		const file = new File(['<svg/>'], 'x.svg', { type: 'image/svg+xml' });
		const name = `${aliceId}/x.svg`;
		const { error } = await alice.storage
			.from('pictures')
			.upload(name, file, { cacheControl: '60' });
		expect(error).toBeNull();
		const { data } = await alice.storage.from('pictures').info(name);
		expect(data).toMatchObject({
			contentType: 'image/svg+xml',
			size: 6,
			cacheControl: 'max-age=60'
		});
	});

	it('is held to the type and size of the bucket', async () => {
		const files = alice.storage.from('pictures');
		const wrong = await files.upload(`${aliceId}/a.txt`, 'x', text);
		expect(wrong.error).toMatchObject({ statusCode: '415' });
		const large = new Uint8Array(1001);
		const big = await files.upload(`${aliceId}/a.png`, large, { contentType: 'image/png' });
		expect(big.error).toMatchObject({ statusCode: '413' });
		const huge = await fetch(`${backend.url}/storage/v1/object/private/${aliceId}/huge`, {
			method: 'POST',
			body: new Uint8Array(52 * 1024 * 1024),
			headers: { apikey: backend.keys.secretKey }
		});
		expect(huge.status).toBe(413);
		await huge.arrayBuffer();
	});

	it('keeps any name within the directory', async () => {
		const files = service().from('private');
		const bytes = Buffer.from('x');
		expect((await files.upload('a/../../../escape', bytes)).error).not.toBeNull();
		// A file may bear the name of a folder, and names longer than a file system allows.
		const names = ['deep', 'deep/er', 'пробіл ї/файл (1).txt', `long/${'n'.repeat(300)}`];
		for (const name of names) {
			expect((await files.upload(name, Buffer.from(name))).error).toBeNull();
		}
		for (const name of names) {
			expect(await (await files.download(name)).data?.text()).toBe(name);
		}
		const top = await readdir(path.join(backend.directory));
		expect(top.toSorted()).toEqual(['postgres', 'storage']);
	});

	it('of one file by many at once leaves one whole file', async () => {
		const files = service().from('private');
		const bodies = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
		const uploads = bodies.map((body) =>
			files.upload('contested.txt', body, { ...text, upsert: true })
		);
		for (const { error } of await Promise.all(uploads)) expect(error).toBeNull();
		const { data } = await files.download('contested.txt');
		expect(bodies).toContain(await data?.text());
		await files.remove(['contested.txt']);
	});

	it('leaves no bytes behind when replaced or removed', async () => {
		const stored = async () =>
			(
				await readdir(path.join(backend.directory, 'storage'), {
					recursive: true,
					withFileTypes: true
				})
			).filter((entry) => entry.isFile()).length;
		const before = await stored();
		const files = service().from('private');
		for (let i = 0; i < 3; i++) {
			await files.upload('again.txt', `version ${i}`, { ...text, upsert: true });
		}
		expect(await stored()).toBe(before + 2);
		await files.remove(['again.txt']);
		expect(await stored()).toBe(before);
	});
});

describe('a signed URL', () => {
	it('opens one file, for a while', async () => {
		const files = alice.storage.from('private');
		const file = `${aliceId}/signed.txt`;
		await files.upload(file, 'signed', text);
		const { data } = await files.createSignedUrl(file, 60, { download: 'звіт.txt' });
		const response = await fetch(data?.signedUrl ?? '');
		expect(await response.text()).toBe('signed');
		expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
		expect(response.headers.get('content-disposition')).toContain(
			`attachment; filename*=UTF-8''${encodeURIComponent('звіт.txt')}`
		);
		const other = await fetch((data?.signedUrl ?? '').replace('signed.txt', 'other.txt'));
		expect(other.status).toBeGreaterThanOrEqual(400);
		const forged = await fetch((data?.signedUrl ?? '').replace('token=', 'token=x'));
		expect(await forged.json()).toMatchObject({ error: 'InvalidJWT' });
		const { data: late } = await files.createSignedUrl(file, -1);
		const expired = await fetch(late?.signedUrl ?? '');
		expect([expired.status, await expired.json()]).toMatchObject([400, { error: 'InvalidJWT' }]);
	});

	it('is made for many files at once', async () => {
		const files = alice.storage.from('private');
		await files.upload(`${aliceId}/many.txt`, 'many', text);
		const { data } = await files.createSignedUrls([`${aliceId}/many.txt`, 'nobody/x.txt'], 60);
		expect(data?.map(({ path: name, error }) => [name, error !== null])).toEqual([
			[`${aliceId}/many.txt`, false],
			['nobody/x.txt', true]
		]);
		expect(await (await fetch(data?.[0]?.signedUrl ?? '')).text()).toBe('many');
	});

	it('is refused for a file that one may not read', async () => {
		const { error } = await bob.storage
			.from('private')
			.createSignedUrl(`${aliceId}/signed.txt`, 60);
		expect(error).not.toBeNull();
	});

	it('lets somebody else upload one file', async () => {
		const file = `${aliceId}/handed-over.txt`;
		const { data } = await alice.storage.from('private').createSignedUploadUrl(file);
		const uploaded = await backend
			.client()
			.storage.from('private')
			.uploadToSignedUrl(file, data?.token ?? '', new File(['up'], 'x', { type: 'text/plain' }));
		expect(uploaded.error).toBeNull();
		expect(await (await alice.storage.from('private').download(file)).data?.text()).toBe('up');
	});

	it('of Storage is no token for anything else', async () => {
		const file = `${aliceId}/signed.txt`;
		const { data } = await alice.storage.from('private').createSignedUrl(file, 60);
		const token = new URL(data?.signedUrl ?? '').searchParams.get('token') ?? '';
		const { error } = await backend.client({ token }).from('sites').select();
		expect(error?.code).toBe('PGRST301');
	});
});

describe('files in folders', () => {
	it('are listed level by level, moved and copied', async () => {
		const files = service().from('private');
		for (const name of ['tree/b.txt', 'tree/a.txt', 'tree/sub/c.txt', 'tree/100%.txt']) {
			await files.upload(name, Buffer.from(name), text);
		}
		const names = async (folder: string, options = {}) =>
			(await files.list(folder, options)).data?.map(({ name, id }) => [name, id !== null]);
		expect(await names('tree')).toEqual([
			['100%.txt', true],
			['a.txt', true],
			['b.txt', true],
			['sub', false]
		]);
		expect(await names('tree', { limit: 1, offset: 1 })).toEqual([['a.txt', true]]);
		expect(await names('tree', { search: '100%' })).toEqual([['100%.txt', true]]);
		expect(await names('tree', { sortBy: { column: 'name', order: 'desc' } })).toHaveLength(4);
		expect((await files.move('tree/a.txt', 'tree/moved.txt')).error).toBeNull();
		expect((await files.copy('tree/b.txt', 'tree/copied.txt')).data?.path).toBe(
			'private/tree/copied.txt'
		);
		expect(await (await files.download('tree/moved.txt')).data?.text()).toBe('tree/a.txt');
		expect(await (await files.download('tree/copied.txt')).data?.text()).toBe('tree/b.txt');
		expect((await files.exists('tree/a.txt')).data).toBe(false);
		expect((await alice.storage.from('private').list('tree')).data).toEqual([]);
	});
});
