import { expect, it } from 'vitest';
import { Publication } from './publication.svelte.ts';

const at = (second: number) => `2026-11-21T10:00:0${second}.000000+00:00`;

it('is live when the public file is as new as what was saved', async () => {
	const answers = [null, at(1), at(3)];
	let looks = 0;
	const publication = new Publication(
		() => Promise.resolve(answers[looks++] ?? null),
		() => Promise.resolve()
	);
	expect(publication.state).toBe('unknown');
	const following = publication.follow(at(2));
	expect(publication.state).toBe('waiting');
	await following;
	expect([publication.state, looks]).toEqual(['live', 3]);
});

it('says so when it takes too long, and survives a line that is down', async () => {
	const publication = new Publication(
		() => Promise.reject(new Error('down')),
		() => Promise.resolve()
	);
	await publication.follow(at(2));
	expect(publication.state).toBe('late');
});

it('follows the newest save only', async () => {
	let file = at(1);
	const publication = new Publication(
		() => Promise.resolve(file),
		() => Promise.resolve()
	);
	const first = publication.follow(at(9));
	file = at(3);
	await Promise.all([first, publication.follow(at(3))]);
	expect(publication.state).toBe('live');
});
