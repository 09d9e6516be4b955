import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SupabaseClient } from '@supabase/supabase-js';
import sharp from 'sharp';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiConnection } from '../src/api/connection.ts';
import { sweepStorage } from '../src/api/storage-sweep.ts';
import type { Backend } from './support/backend.ts';
import { signUp, startSchema } from './support/product.ts';

let backend: Backend;
let alice: SupabaseClient;
let aliceId: string;
let aliceToken: string;
const text = { contentType: 'text/plain' };

beforeAll(async () => {
	backend = await startSchema();
	[alice, aliceId, aliceToken] = await signUp(backend, 'alice@example.com');
});

afterAll(() => backend.stop());

function service() {
	return backend.client({ key: backend.keys.secretKey }).storage;
}

describe('a listing by cursor', () => {
	it('goes page by page, flat or level by level', async () => {
		const files = service().from('private');
		for (const name of ['v2/a.txt', 'v2/b.txt', 'v2/sub/c.txt', 'v2/sub/d.txt', 'v2/z.txt']) {
			await files.upload(name, Buffer.from(name), text);
		}
		const seen: string[] = [];
		let cursor: string | undefined;
		do {
			const { data } = await files.listV2({
				prefix: 'v2/',
				limit: 2,
				...(cursor !== undefined && { cursor })
			});
			seen.push(...(data?.objects ?? []).map(({ name }) => name));
			cursor = data?.nextCursor;
			expect(data?.hasNext).toBe(cursor !== undefined);
		} while (cursor !== undefined);
		expect(seen).toEqual(['v2/a.txt', 'v2/b.txt', 'v2/sub/c.txt', 'v2/sub/d.txt', 'v2/z.txt']);
		const level = await files.listV2({
			prefix: 'v2/',
			with_delimiter: true,
			sortBy: { column: 'name', order: 'desc' }
		});
		expect(level.data?.folders).toEqual([{ name: 'v2/sub/', key: 'v2/sub' }]);
		expect(level.data?.objects.map(({ name }) => name)).toEqual([
			'v2/z.txt',
			'v2/b.txt',
			'v2/a.txt'
		]);
	});

	it('shows only what the caller may see', async () => {
		const { data } = await alice.storage.from('private').listV2({ prefix: 'v2/' });
		expect(data).toMatchObject({ hasNext: false, folders: [], objects: [] });
	});
});

it('what the uploader says about a file is kept', async () => {
	const files = alice.storage.from('private');
	const bytes = `${aliceId}/bytes.txt`;
	await files.upload(bytes, 'x', { ...text, metadata: { order: 7 } });
	expect((await files.info(bytes)).data?.metadata).toEqual({ order: 7 });
	const form = `${aliceId}/form.txt`;
	await files.upload(form, new File(['x'], 'x.txt', { type: 'text/plain' }), {
		metadata: { a: 'ї' }
	});
	expect((await files.info(form)).data?.metadata).toEqual({ a: 'ї' });
});

it('an image comes in the size that is asked for', async () => {
	const image = sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } });
	const name = `${aliceId}/picture.png`;
	const files = alice.storage.from('private');
	await files.upload(name, await image.png().toBuffer(), { contentType: 'image/png' });
	const size = async (blob: Blob | null | undefined) => {
		const { width, height, format } = await sharp(await blob?.arrayBuffer()).metadata();
		return [width, height, format];
	};
	const smaller = await files.download(name, { transform: { width: 10 } });
	expect(await size(smaller.data)).toEqual([10, 5, 'png']);
	const { data } = await files.createSignedUrl(name, 60, {
		transform: { width: 8, height: 8, resize: 'cover' }
	});
	const signed = await fetch(data?.signedUrl ?? '', { headers: { accept: 'image/webp,*/*' } });
	expect(await size(await signed.blob())).toEqual([8, 8, 'webp']);
	const wrong = await files.download(name, { transform: { width: 9_000 } });
	expect(wrong.error).not.toBeNull();
	await files.upload(`${aliceId}/no-picture.txt`, 'x', text);
	const none = await files.download(`${aliceId}/no-picture.txt`, { transform: { width: 9 } });
	expect(none.error).not.toBeNull();
});

it('what a killed upload left is removed at the next start', async () => {
	const files = service().from('private');
	await files.upload('swept/kept.txt', Buffer.from('kept'), text);
	await files.upload('swept/lost.txt', Buffer.from('lost'), text);
	const storage = path.join(backend.directory, 'storage');
	const before = (await readdir(storage, { recursive: true })).toSorted();
	const folder = path.join(storage, 'ab');
	await mkdir(folder, { recursive: true });
	await writeFile(path.join(folder, 'ab01.ffff'), 'bytes without an entry');
	await writeFile(path.join(folder, 'ab01.ffff.json'), '{"bucket":');
	const orphan = { bucket: 'private', key: 'swept/orphan.txt', content: 'ab/ab02.eeee' };
	await writeFile(path.join(folder, 'ab02'), JSON.stringify(orphan));
	await writeFile(path.join(folder, 'ab02.eeee'), 'an entry without a row');
	await backend.sql`insert into storage.objects (bucket_id, name) values ('private', 'swept/ghost.txt')`;
	const connection = new ApiConnection(backend.postgres.url());
	try {
		await sweepStorage(storage, connection);
	} finally {
		await connection.close();
	}
	const after = (await readdir(storage, { recursive: true })).filter((name) => name !== 'ab');
	expect(after.toSorted()).toEqual(before.filter((name) => name !== 'ab'));
	const { data } = await files.list('swept');
	expect(data?.map(({ name }) => name)).toEqual(['kept.txt', 'lost.txt']);
});

describe('a resumable upload', () => {
	const upload = (
		bytes: Buffer,
		name: string,
		options: {
			headers?: Record<string, string>;
			endpoint?: string;
			bucket?: string;
			type?: string;
		} = {}
	) =>
		new Promise<void>((resolve, reject) => {
			new Upload(bytes, {
				endpoint: `${backend.url}/storage/v1/upload/resumable${options.endpoint ?? ''}`,
				chunkSize: 100_000,
				retryDelays: null,
				uploadSize: bytes.byteLength,
				headers: options.headers ?? { authorization: `Bearer ${aliceToken}` },
				metadata: {
					bucketName: options.bucket ?? 'private',
					objectName: name,
					contentType: options.type ?? 'image/png',
					cacheControl: '60',
					metadata: JSON.stringify({ by: 'tus' })
				},
				onSuccess: () => resolve(),
				onError: reject
			}).start();
		});

	it('stores the file when its last piece is there', async () => {
		const bytes = randomBytes(350_000);
		const name = `${aliceId}/великий файл.png`;
		await upload(bytes, name);
		const files = alice.storage.from('private');
		const { data } = await files.download(name);
		expect(Buffer.from((await data?.arrayBuffer()) ?? new ArrayBuffer()).equals(bytes)).toBe(true);
		expect((await files.info(name)).data).toMatchObject({
			contentType: 'image/png',
			cacheControl: 'max-age=60',
			metadata: { by: 'tus' }
		});
		expect(await readdir(path.join(backend.directory, 'storage', 'uploads'))).toEqual([]);
	});

	it('goes on where it was interrupted', async () => {
		const encode = (value: string) => Buffer.from(value).toString('base64');
		const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${aliceToken}` };
		const name = `${aliceId}/resumed.txt`;
		const created = await fetch(`${backend.url}/storage/v1/upload/resumable`, {
			method: 'POST',
			headers: {
				...headers,
				'upload-length': '10',
				'upload-metadata': `bucketName ${encode('private')},objectName ${encode(name)}`
			}
		});
		expect(created.status).toBe(201);
		const location = created.headers.get('location') ?? '';
		const send = (offset: number, body: string) =>
			fetch(location, {
				method: 'PATCH',
				headers: {
					...headers,
					'upload-offset': String(offset),
					'content-type': 'application/offset+octet-stream'
				},
				body
			});
		expect((await send(0, 'hello')).status).toBe(204);
		const files = alice.storage.from('private');
		expect((await files.exists(name)).data).toBe(false);
		const asked = await fetch(location, { method: 'HEAD', headers });
		expect(asked.headers.get('upload-offset')).toBe('5');
		expect((await send(0, 'wrong')).status).toBe(409);
		expect((await send(5, 'world')).status).toBe(204);
		expect(await (await files.download(name)).data?.text()).toBe('helloworld');
	});

	it('is refused before the first byte when it may not be', async () => {
		const bytes = randomBytes(2_000);
		await expect(upload(bytes, 'somebody/x.png')).rejects.toThrow(/403/);
		await expect(upload(bytes, `${aliceId}/x.png`, { bucket: 'nowhere' })).rejects.toThrow(/404/);
		await expect(upload(bytes, `${aliceId}/x.png`, { bucket: 'pictures' })).rejects.toThrow(/413/);
		const small = randomBytes(10);
		const wrong = { bucket: 'pictures', type: 'text/plain' };
		await expect(upload(small, `${aliceId}/x.txt`, wrong)).rejects.toThrow(/415/);
		await upload(small, `${aliceId}/once.png`);
		await expect(upload(small, `${aliceId}/once.png`)).rejects.toThrow(/409/);
		const upsert = { headers: { authorization: `Bearer ${aliceToken}`, 'x-upsert': 'true' } };
		await upload(randomBytes(20), `${aliceId}/once.png`, upsert);
	});

	it('may be handed to somebody else by a signed URL', async () => {
		const name = `${aliceId}/handed.png`;
		const { data } = await alice.storage.from('private').createSignedUploadUrl(name);
		const bytes = randomBytes(150_000);
		await upload(bytes, name, { endpoint: '/sign', headers: { 'x-signature': data?.token ?? '' } });
		expect((await alice.storage.from('private').info(name)).data?.size).toBe(150_000);
		const forged = { endpoint: '/sign', headers: { 'x-signature': 'x.y.z' } };
		await expect(upload(bytes, `${aliceId}/forged.png`, forged)).rejects.toThrow();
		expect((await alice.storage.from('private').exists(`${aliceId}/forged.png`)).data).toBe(false);
	});
});
