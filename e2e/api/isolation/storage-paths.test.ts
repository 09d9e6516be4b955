import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clients, type Actor } from './actors.ts';
import { contentOf, look, put, urlOf, type File } from './checks/buckets.ts';
import { buckets } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe.each(Object.entries(buckets))('%s', (bucket, about) => {
	const fileOf = (place: string): File => ({
		bucket,
		path: about.path(context().world, place),
		type: about.type
	});

	/** Those whom the grid lets do nothing with this file. */
	const outsiders = (): Actor[] =>
		clients.filter((actor) => about.overwrite['foreign']?.[actor] === '-');

	async function place(file: File): Promise<void> {
		const { status } = await put(context().world.api, 'svc', file, 'mine');
		expect(status).toBe(200);
	}

	it('keeps a foreign file from every way around its path', async () => {
		const { api } = context().world;
		const [own, foreign] = [fileOf('first'), fileOf('foreign')];
		await place(own);
		await place(foreign);
		const folder = own.path.split('/')[0] ?? '';
		const around = [
			`${folder}/../${foreign.path}`,
			`${folder}/..%2F${foreign.path}`,
			`${folder}%2F..%2F${encodeURIComponent(foreign.path)}`,
			`./${foreign.path}`,
			`/${foreign.path}`,
			`//${foreign.path}`,
			`${foreign.path}/`,
			`%2e%2e/${bucket}/${foreign.path}`,
			`..%5C${foreign.path}`,
			encodeURIComponent(encodeURIComponent(foreign.path)),
			foreign.path.toUpperCase()
		];
		await Promise.all(
			outsiders().flatMap((actor) =>
				around.flatMap((path) =>
					(['POST', 'PUT', 'DELETE'] as const).map((method) =>
						api.ask(actor, `storage/v1/object/${bucket}/${path}`, {
							method,
							...(method === 'DELETE' ? {} : { body: contentOf('theirs') }),
							headers: { 'content-type': about.type, 'x-upsert': 'true' }
						})
					)
				)
			)
		);
		expect((await look(api, foreign)).text).toBe(contentOf('mine'));
		expect((await look(api, own)).text).toBe(contentOf('mine'));
	});

	it('neither signs, moves nor copies for outsiders', async () => {
		const { api } = context().world;
		const foreign = fileOf('foreign');
		await place(foreign);
		const target = `${randomUUID()}.json`;
		for (const actor of outsiders()) {
			const body = { bucketId: bucket, sourceKey: foreign.path, destinationKey: target };
			const back = {
				bucketId: bucket,
				sourceKey: fileOf('first').path,
				destinationKey: foreign.path
			};
			const answers = await Promise.all([
				api.ask(actor, 'storage/v1/object/move', { body }),
				api.ask(actor, 'storage/v1/object/copy', { body }),
				api.ask(actor, 'storage/v1/object/move', { body: back }),
				api.ask(actor, 'storage/v1/object/copy', { body: back }),
				api.ask(actor, `storage/v1/object/upload/sign/${urlOf(foreign)}`, { body: {} }),
				api.ask(actor, `storage/v1/object/upload/sign/${bucket}/${target}`, { body: {} })
			]);
			expect(answers.map(({ status }) => status >= 400)).toEqual(answers.map(() => true));
		}
		expect((await look(api, foreign)).text).toBe(contentOf('mine'));
		expect((await look(api, { ...foreign, path: target })).status).toBeGreaterThanOrEqual(400);
	});

	it('lists nothing to outsiders, whatever prefix they try', async () => {
		const { api } = context().world;
		const foreign = fileOf('foreign');
		await place(foreign);
		const prefixes = ['', '/', '%', '_', '*', '..', './', foreign.path, foreign.path.slice(0, 4)];
		for (const actor of clients.filter((each) => about.list['foreign']?.[each] === '-')) {
			const answers = await Promise.all(
				prefixes.flatMap((prefix) =>
					[undefined, '%', foreign.path.slice(0, 4)].map((search) =>
						api.ask(actor, `storage/v1/object/list/${bucket}`, {
							body: { prefix, ...(search === undefined ? {} : { search }) }
						})
					)
				)
			);
			expect(answers.filter(({ text }) => text.includes(foreign.path.slice(4)))).toEqual([]);
		}
	});

	it('shows a file by its public address only when the bucket is public', async () => {
		const { api } = context().world;
		const foreign = fileOf('foreign');
		await place(foreign);
		const { text } = await api.ask('pas', `storage/v1/object/public/${urlOf(foreign)}`);
		expect(text === contentOf('mine')).toBe(about.public);
	});

	it('lets no client make, change, empty or remove it', async () => {
		const { api } = context().world;
		for (const actor of clients) {
			const answers = await Promise.all([
				api.ask(actor, 'storage/v1/bucket', { body: { name: randomUUID(), public: true } }),
				api.ask(actor, `storage/v1/bucket/${bucket}`, { method: 'PUT', body: { public: true } }),
				api.ask(actor, `storage/v1/bucket/${bucket}/empty`, { body: {} }),
				api.ask(actor, `storage/v1/bucket/${bucket}`, { method: 'DELETE' })
			]);
			expect(answers.filter(({ status }) => status < 400)).toEqual([]);
		}
	});
});
