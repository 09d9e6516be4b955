import { expect, it } from 'vitest';
import { fakeAttention, notification } from './fake-attention.ts';
import { NotificationCenter } from './notification-center.svelte.ts';

const idsOf = ({ notifications }: NotificationCenter) => notifications?.map(({ id }) => id);

it('puts what is told on top, and counts a line once that is told again', async () => {
	const [old, other] = [notification(), notification()];
	const { api } = fakeAttention([other, old]);
	const center = new NotificationCenter(api);
	await center.refresh();
	expect([idsOf(center), center.unread]).toEqual([[other.id, old.id], 2]);
	const again = { ...old, round: 2, told_at: new Date(Date.now() + 9e6).toISOString() };
	center.told(again);
	expect([idsOf(center), center.unread]).toEqual([[old.id, other.id], 2]);
	center.told(notification({ told_at: new Date(Date.now() + 9.1e6).toISOString() }));
	expect(center.unread).toBe(3);
});

it('counts what is told before the list is there', () => {
	const center = new NotificationCenter(fakeAttention().api);
	center.told(notification());
	expect([center.notifications, center.unread]).toEqual([null, 1]);
});

it('marks at once, and takes it back when the backend does not take it', async () => {
	const [a, b] = [notification(), notification()];
	const { api, state, marked } = fakeAttention([b, a]);
	const center = new NotificationCenter(api);
	await center.refresh();
	await center.markRead(a.id);
	expect([center.unread, marked]).toEqual([1, [[a.id]]]);
	state.refuse = true;
	await center.markAllRead();
	expect([center.unread, center.failure]).toEqual([1, 'internal']);
	state.refuse = false;
	await center.markAllRead();
	expect([center.unread, center.failure, marked]).toEqual([0, null, [[a.id], null]]);
});

it('hears what was read elsewhere, and asks when it does not know what', async () => {
	const [a, b] = [notification(), notification()];
	const { api, state } = fakeAttention([b, a]);
	const center = new NotificationCenter(api);
	await center.refresh();
	center.read([a.id]);
	center.read([a.id]);
	expect([center.unread, state.lists]).toEqual([1, 1]);
	state.listed = [{ ...b, read_at: b.told_at }, a];
	center.read(['from-further-down']);
	await center.refresh();
	expect(center.unread).toBe(1);
	expect(state.lists).toBeGreaterThan(1);
});

it('loads further down, and keeps that when the top is asked for again', async () => {
	const rows = Array.from({ length: 5 }, () => notification()).reverse();
	const { api, state } = fakeAttention(rows);
	state.pageSize = 2;
	const center = new NotificationCenter(api);
	await center.refresh();
	await center.loadMore();
	expect([idsOf(center)?.length, center.hasMore]).toEqual([4, true]);
	await center.refresh();
	expect(idsOf(center)).toEqual(rows.slice(0, 4).map(({ id }) => id));
	await center.loadMore();
	expect([idsOf(center)?.length, center.hasMore]).toEqual([5, false]);
});

it('says that it failed, and what it has stays', async () => {
	const { api, state } = fakeAttention([notification()]);
	const center = new NotificationCenter(api);
	await center.refresh();
	state.refuse = true;
	await center.refresh();
	expect([idsOf(center)?.length, center.failure, center.loading]).toEqual([1, 'internal', false]);
});
