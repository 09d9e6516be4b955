import { expect, it } from 'vitest';
import { Deletions } from './deletions.svelte.ts';

it('deletes what nobody took back, once', async () => {
	const done: string[] = [];
	const deletions = new Deletions();
	for (const id of ['a', 'b']) deletions.plan(id, async () => void done.push(id));
	expect(deletions.has('a')).toBe(true);
	deletions.undo('a');
	expect(deletions.has('a')).toBe(false);
	for (const id of ['a', 'b', 'b']) await deletions.settle(id);
	expect(done).toEqual(['b']);
	expect(deletions.has('b')).toBe(false);
});

it('shows again what could not be deleted', async () => {
	const deletions = new Deletions();
	deletions.plan('a', () => Promise.reject(new Error('no network')));
	await expect(deletions.settle('a')).rejects.toThrow('no network');
	expect(deletions.has('a')).toBe(false);
});

it('deletes at once when the page is left', () => {
	const done: string[] = [];
	const deletions = new Deletions();
	for (const id of ['a', 'b']) deletions.plan(id, async () => void done.push(id));
	deletions.settleAll();
	expect(done).toEqual(['a', 'b']);
});
