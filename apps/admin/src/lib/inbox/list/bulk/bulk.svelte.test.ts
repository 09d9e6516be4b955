import { expect, it } from 'vitest';
import { AppError } from '@chatiq/contracts/errors';
import type { Change } from '../../changes.ts';
import { colleague, FakeBackend, me, organization } from '../../fake-api.ts';
import { Inbox } from '../../inbox.svelte.ts';
import { Selection } from '../selection.svelte.ts';
import { Bulk } from './bulk.svelte.ts';

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

async function setup() {
	const backend = new FakeBackend();
	for (const id of letters) backend.write(id, `from ${id}`);
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	await inbox.load();
	/** Conversations that refuse every change. */
	const stubborn = new Set<string>();
	const change = backend.change;
	backend.change = async (id, wanted) => {
		if (stubborn.has(id)) throw new AppError('assignee_not_on_site');
		return change(id, wanted);
	};
	const selection = new Selection();
	const bulk = new Bulk(inbox, selection);
	const where = (test: (id: string) => boolean) => letters.filter(test);
	const closed = () => where((id) => inbox.row(id)?.status === 'closed');
	return { backend, inbox, selection, bulk, stubborn, closed, where };
}

const close: Change = { kind: 'status', status: 'closed', reason: 'spam' };

it('picks one by one and in ranges', () => {
	const selection = new Selection();
	selection.toggle('b');
	selection.extend('e', letters);
	expect(selection.ids).toEqual(['b', 'c', 'd', 'e']);
	selection.toggle('c');
	selection.extend('a', letters);
	expect(new Set(selection.ids)).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
	selection.clear();
	selection.extend('h', letters);
	expect(selection.ids).toEqual(['h']);
});

it('changes all, each once, and takes all back to where it was', async () => {
	const { backend, inbox, selection, bulk, closed } = await setup();
	await inbox.change('b', { kind: 'snooze', until: '2099-01-01T00:00:00.000Z' });
	selection.add(letters);
	const report = await bulk.run(close);
	expect(report).toMatchObject({ done: 8, failed: 0, reason: null });
	expect(selection.active).toBe(false);
	expect(closed()).toEqual(letters);
	expect(backend.calls.filter((call) => call === 'change status')).toHaveLength(8);
	expect(await report.undo?.()).toMatchObject({ done: 8, failed: 0, undo: null });
	expect(closed()).toEqual([]);
	expect(inbox.row('b')?.status).toBe('snoozed');
});

it('tells what failed and why, changes the rest, and tries again only what failed', async () => {
	const { inbox, selection, bulk, stubborn, where } = await setup();
	for (const id of ['b', 'f']) stubborn.add(id);
	selection.add(['a', 'b', 'f']);
	const assigned = () => where((id) => inbox.row(id)?.assignee_id === colleague);
	const report = await bulk.run({ kind: 'assignee', assignee_id: colleague });
	expect(report).toMatchObject({ done: 1, failed: 2, reason: 'assignee_not_on_site' });
	expect(assigned()).toEqual(['a']);
	stubborn.delete('b');
	expect(await report.retry()).toMatchObject({ done: 1, failed: 1 });
	expect(assigned()).toEqual(['a', 'b']);
	await report.undo?.();
	expect(assigned()).toEqual(['b']);
});

it('reads all, which nobody takes back', async () => {
	const { inbox, selection, bulk } = await setup();
	expect(inbox.unreadTotal).toBe(8);
	selection.add(['a', 'c']);
	expect(await bulk.run({ kind: 'read' })).toMatchObject({ done: 2, undo: null });
	expect(inbox.unreadTotal).toBe(6);
});

it('leaves out what is gone', async () => {
	const { backend, inbox, selection, bulk } = await setup();
	selection.add(['a', 'b']);
	backend.removed = ['a'];
	await inbox.catchUp();
	expect(await bulk.run({ kind: 'read' })).toMatchObject({ done: 1, failed: 0 });
});

it('says how far it is when there are many, and leaves the rest when it is stopped', async () => {
	const { backend, inbox, selection, bulk } = await setup();
	const many = Array.from({ length: 40 }, (_, index) => `many-${String(index)}`);
	for (const id of many) backend.write(id, 'hello');
	await inbox.catchUp();
	const change = backend.change;
	const seen: number[] = [];
	backend.change = async (id, wanted) => {
		seen.push(selection.progress?.through ?? -1);
		if (seen.length === 10) selection.progress?.stop();
		return change(id, wanted);
	};
	selection.add(many);
	const report = await bulk.run(close);
	expect(seen[0]).toBe(0);
	expect(seen.at(-1)).toBeGreaterThan(0);
	expect(selection.progress).toBeNull();
	expect(report.failed).toBe(0);
	expect(report.done).toBeGreaterThanOrEqual(10);
	expect(report.done).toBeLessThan(20);
	expect(await report.undo?.()).toMatchObject({ done: report.done, failed: 0 });
});
