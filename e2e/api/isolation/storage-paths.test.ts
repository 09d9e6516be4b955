import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clients, oneOfEachKind, type Actor } from './actors.ts';
import { contentOf, look, put, urlOf, type BucketCommand, type File } from './checks/buckets.ts';
import { buckets } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

/** What the foreign files say. */
const secret = 'what nobody else may read';

describe.each(Object.entries(buckets))('%s', (bucket, about) => {
	const fileOf = (place: string): File => ({
		bucket,
		path: about.path(context().world, place),
		type: about.type
	});

	/** Of A, of whom some clients read it. */
	const ownFile = (): File => fileOf(Object.keys(about.read)[0] ?? '');

	/** Some of those whom the grid lets do nothing of the kind with the foreign file. */
	const outsiders = (command: BucketCommand): Actor[] =>
		oneOfEachKind.filter((actor) => about[command]['foreign']?.[actor] === '-');

	async function place(file: File): Promise<void> {
		const { status } = await put(context().world.api, 'svc', file, secret);
		expect(status).toBe(200);
	}

	/** Ways to write the foreign path that begin where one may be. */
	function around(own: File, foreign: File): string[] {
		const folder = own.path.split('/').slice(0, -1).join('/') || own.path;
		return [
			`${folder}/../${foreign.path}`,
			`${folder}/..%2F${foreign.path}`,
			`${folder}%2F..%2F${encodeURIComponent(foreign.path)}`,
			`./${foreign.path}`,
			`/${foreign.path}`,
			`//${foreign.path}`,
			`${foreign.path}/`,
			`%2e%2e/${bucket}/${foreign.path}`,
			`..%5C${foreign.path}`,
			encodeURIComponent(foreign.path),
			encodeURIComponent(encodeURIComponent(foreign.path)),
			foreign.path.toUpperCase()
		];
	}

	it('keeps a foreign file from every way around its path', async () => {
		const { api } = context().world;
		const [own, foreign] = [ownFile(), fileOf('foreign')];
		await place(own);
		await place(foreign);
		await Promise.all(
			outsiders('overwrite').flatMap((actor) =>
				around(own, foreign).flatMap((path) =>
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
		expect((await look(api, foreign)).text).toBe(contentOf(secret));
		expect((await look(api, own)).text).toBe(contentOf(secret));
	});

	it('is read by no way around a foreign path, nor by a link for it', async () => {
		const { api } = context().world;
		const [own, foreign] = [ownFile(), fileOf('foreign')];
		await place(foreign);
		const asked = outsiders('read').flatMap((actor) =>
			[urlOf(foreign), ...around(own, foreign).map((path) => `${bucket}/${path}`)].flatMap(
				(path) => [
					...['', 'authenticated/', 'public/', 'info/', 'info/authenticated/'].map((way) =>
						api.ask(actor, `storage/v1/object/${way}${path}`)
					),
					api.ask(actor, `storage/v1/render/image/authenticated/${path}`),
					api.ask(actor, `storage/v1/object/sign/${path}`, { body: { expiresIn: 60 } })
				]
			)
		);
		const shown = (await Promise.all(asked)).filter(
			({ text }) => text.includes(secret) || /signedurl":"[^"]/i.test(text)
		);
		expect(shown).toEqual([]);
	});

	it('signs no foreign file beside one’s own', async () => {
		const { api } = context().world;
		const [own, foreign] = [ownFile(), fileOf('foreign')];
		await place(own);
		await place(foreign);
		const paths = [own.path, foreign.path, fileOf('guessed').path];
		for (const actor of outsiders('sign')) {
			const { body } = await api.ask(actor, `storage/v1/object/sign/${bucket}`, {
				body: { expiresIn: 60, paths }
			});
			const links = Array.isArray(body) ? (body as { path: string; signedURL?: string }[]) : [];
			const signed = links.filter(({ signedURL }) => signedURL).map(({ path }) => path);
			const mine = about.sign[Object.keys(about.sign)[0] ?? '']?.[actor] === '+';
			expect([actor, signed]).toEqual([actor, mine ? [own.path] : []]);
		}
	});

	it('opens with a link the file that it was made for, and no other', async () => {
		const { api } = context().world;
		const [own, foreign] = [ownFile(), fileOf('foreign')];
		await place(own);
		await place(foreign);
		const { body } = await api.ask('svc', `storage/v1/object/sign/${urlOf(own)}`, {
			body: { expiresIn: 60 }
		});
		const link = (body as { signedURL: string }).signedURL;
		const swapped = link.replace(urlOf(own), urlOf(foreign));
		expect(swapped).not.toBe(link);
		expect((await api.ask('pas', `storage/v1${link}`)).text).toBe(contentOf(secret));
		expect((await api.ask('pas', `storage/v1${swapped}`)).text).not.toContain(secret);
		expect((await api.ask('pas', `storage/v1${link.slice(0, -3)}`)).text).not.toContain(secret);
	});

	it('neither signs an upload, moves nor copies for outsiders', async () => {
		const { api } = context().world;
		const [own, foreign] = [ownFile(), fileOf('foreign')];
		await place(own);
		await place(foreign);
		const target = `${randomUUID()}.json`;
		const moves = [
			[foreign.path, target],
			[own.path, foreign.path],
			[own.path, target],
			[own.path, own.path.replace(/[^/]+$/, target)]
		];
		for (const actor of outsiders('overwrite')) {
			// Whoever may store files beside the own one may also copy it there.
			const stores = about.upload[Object.keys(about.upload)[0] ?? '']?.[actor] === '+';
			const answers = await Promise.all([
				...(stores ? moves.slice(0, 3) : moves).flatMap(([sourceKey, destinationKey]) =>
					['move', 'copy'].map((way) =>
						api.ask(actor, `storage/v1/object/${way}`, {
							body: { bucketId: bucket, sourceKey, destinationKey }
						})
					)
				),
				...[urlOf(foreign), urlOf(own), `${bucket}/${target}`].map((path) =>
					api.ask(actor, `storage/v1/object/upload/sign/${path}`, { body: {} })
				)
			]);
			expect(answers.filter(({ status }) => status < 400)).toEqual([]);
		}
		expect((await look(api, own)).text).toBe(contentOf(secret));
		expect((await look(api, foreign)).text).toBe(contentOf(secret));
		expect((await look(api, { ...foreign, path: target })).status).toBeGreaterThanOrEqual(400);
	});

	it('lists nothing to outsiders, whatever prefix they try', async () => {
		const { api } = context().world;
		const foreign = fileOf('foreign');
		await place(foreign);
		const folders = foreign.path.split('/');
		const prefixes = [
			...['', '/', '%', '_', '*', '..', './', foreign.path, foreign.path.slice(0, 4)],
			...folders.flatMap((_, depth) => [
				folders.slice(0, depth).join('/'),
				`${folders.slice(0, depth).join('/')}/`
			])
		];
		for (const actor of outsiders('list')) {
			const answers = await Promise.all(
				prefixes.flatMap((prefix) =>
					[undefined, '%', foreign.path.slice(0, 4)].map((search) =>
						api.ask(actor, `storage/v1/object/list/${bucket}`, {
							body: { prefix, ...(search === undefined ? {} : { search }) }
						})
					)
				)
			);
			const names = [folders[0] ?? '', folders.at(-1) ?? ''];
			expect(answers.filter(({ text }) => names.some((name) => text.includes(name)))).toEqual([]);
		}
	});

	it('shows a file by its public address only when the bucket is public', async () => {
		const { api } = context().world;
		const foreign = fileOf('foreign');
		await place(foreign);
		const { text } = await api.ask('pas', `storage/v1/object/public/${urlOf(foreign)}`);
		expect(text === contentOf(secret)).toBe(about.public);
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
