import { describe, expect, it, vi } from 'vitest';
import { colleague, FakeBackend, me, organization, there } from './fake-api.ts';
import { unreadCount } from './inbox-rows.svelte.ts';
import { Inbox } from './inbox.svelte.ts';

async function setup({ conversations = ['a', 'b', 'c'] } = {}) {
	const backend = new FakeBackend();
	for (const id of conversations) backend.write(id, `hello from ${id}`);
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	const stop = inbox.connect();
	await expect.poll(() => inbox.page).not.toBeNull();
	const ids = () => inbox.conversations.map((row) => row.id);
	return { backend, inbox, ids, stop };
}

it('lists the newest conversation first and moves one up when it gets a message', async () => {
	const { backend, ids } = await setup();
	expect(ids()).toEqual(['c', 'b', 'a']);
	backend.write('a', 'again');
	expect(ids()).toEqual(['a', 'c', 'b']);
});

it('shows a new conversation at once', async () => {
	const { backend, inbox, ids } = await setup();
	backend.write('d', 'new here');
	expect(ids()[0]).toBe('d');
	expect(unreadCount(there(inbox.conversations[0]))).toBe(1);
});

it('takes true counters from the feed after it had to guess them', async () => {
	const { backend, inbox } = await setup();
	for (let i = 0; i < 4; i++) backend.write('old', `unseen ${i}`, { silent: true });
	backend.write('old', 'first event that we get');
	await expect.poll(() => unreadCount(there(inbox.row('old')))).toBe(5);
});

it('catches up after a rejoin on what was missed', async () => {
	const { backend, ids } = await setup();
	backend.write('b', 'while away', { silent: true });
	backend.write('e', 'while away too', { silent: true });
	expect(ids()).toEqual(['c', 'b', 'a']);
	backend.rejoin();
	await expect.poll(ids).toEqual(['e', 'b', 'c', 'a']);
});

it('lets go of a conversation that was erased, by event and by catching up', async () => {
	const { backend, ids } = await setup();
	backend.tell('conversation_removed', { id: 'b' });
	expect(ids()).toEqual(['c', 'a']);
	backend.removed = ['a'];
	backend.rejoin();
	await expect.poll(ids).toEqual(['c']);
});

it('never goes back to an older state of a row', async () => {
	const { backend, inbox } = await setup();
	const older = { ...there(inbox.row('a')) };
	backend.write('a', 'newer');
	backend.tell('conversation_changed', older);
	expect(inbox.row('a')?.last_message_preview).toBe('newer');
	inbox.applyMine(older);
	expect(inbox.row('a')?.last_seq).toBe(2);
});

it('keeps a state that changed without a message', async () => {
	const { backend, inbox, ids } = await setup();
	await inbox.change('b', { kind: 'status', status: 'closed' });
	expect(ids()).toEqual(['c', 'a']);
	backend.write('b', 'still there?');
	backend.tell('conversation_changed', { ...there(inbox.row('b')), status: 'open' });
	expect(ids()).toEqual(['b', 'c', 'a']);
});

it('loads the list anew when the database does not know the cursor', async () => {
	const { backend, inbox, ids } = await setup();
	backend.rows.delete('a');
	backend.cursorKnown = false;
	await inbox.catchUp();
	expect(ids()).toEqual(['c', 'b']);
});

it('clears the badge in this tab when I read in another one', async () => {
	const { backend, inbox } = await setup();
	expect(inbox.unreadTotal).toBe(3);
	backend.tell('read_advanced', {
		conversation_id: 'a',
		reader_kind: 'operator',
		reader_id: me,
		last_read_seq: 1,
		read_visitor_count: 1
	});
	expect(inbox.unreadTotal).toBe(2);
	backend.tell('read_advanced', {
		conversation_id: 'b',
		reader_kind: 'operator',
		reader_id: 'somebody else',
		last_read_seq: 1,
		read_visitor_count: 1
	});
	expect(inbox.unreadTotal).toBe(2);
	expect(inbox.row('b')?.team_read_seq).toBe(1);
});

it('loads older pages, and shows no row that could have gaps around it', async () => {
	const conversations = Array.from({ length: 120 }, (_, i) => `c${String(i).padStart(3, '0')}`);
	const { backend, inbox, ids } = await setup({ conversations });
	expect(ids()).toHaveLength(50);
	inbox.applyMine(there(backend.rows.get('c001')));
	expect(ids()).toHaveLength(50);
	await inbox.loadMore();
	expect(ids()).toHaveLength(100);
	await inbox.loadMore();
	expect(ids()).toEqual(conversations.toReversed());
	expect(inbox.page?.hasMore).toBe(false);
});

it('says that it cannot load, and loads when the network is back', async () => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	const backend = new FakeBackend();
	backend.write('a', 'hello');
	backend.reachable = false;
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	await inbox.load();
	expect(inbox.failure).toBe('unreachable');
	backend.reachable = true;
	await vi.advanceTimersByTimeAsync(1000);
	expect(inbox.failure).toBeNull();
	expect(inbox.conversations).toHaveLength(1);
	vi.useRealTimers();
});

it('finds the neighbours of the open conversation', async () => {
	const { inbox } = await setup();
	expect(inbox.neighbour('c', 1)).toBe('b');
	expect(inbox.neighbour('c', -1)).toBeNull();
	expect(inbox.neighbour(null, 1)).toBe('c');
});

it('goes on from where a conversation stood that has just left the list', async () => {
	const { inbox } = await setup();
	await inbox.change('b', { kind: 'status', status: 'closed' });
	expect(inbox.conversations.map(({ id }) => id)).toEqual(['c', 'a']);
	expect([inbox.neighbour('b', 1), inbox.neighbour('b', -1)]).toEqual(['a', 'c']);
	await inbox.change('a', { kind: 'status', status: 'closed' });
	expect([inbox.neighbour('a', 1), inbox.neighbour('a', -1)]).toEqual(['c', 'c']);
});

describe('the views', () => {
	const all = { site_id: null, label_id: null };

	it('show what is mine, what is nobody’s and what sleeps', async () => {
		const { inbox, ids } = await setup();
		await inbox.change('b', { kind: 'assignee', assignee_id: me });
		await inbox.change('c', { kind: 'snooze', until: '2100-01-01T00:00:00+00:00' });
		await inbox.show({ ...all, view: 'mine' });
		expect(ids()).toEqual(['b']);
		await inbox.show({ ...all, view: 'unassigned' });
		expect(ids()).toEqual(['a']);
		await inbox.show({ ...all, view: 'snoozed' });
		expect(ids()).toEqual(['c']);
	});

	it('put first who has waited longest, and let go of whoever got an answer', async () => {
		const { backend, inbox, ids } = await setup();
		await inbox.show({ ...all, view: 'waiting' });
		expect(ids()).toEqual(['a', 'b', 'c']);
		backend.write('a', 'still here');
		expect(ids()).toEqual(['a', 'b', 'c']);
		backend.write('a', 'an answer', { by: colleague });
		expect(ids()).toEqual(['b', 'c']);
	});

	it('show one label only', async () => {
		const { inbox, ids } = await setup();
		await inbox.show({ ...all, view: 'open', label_id: 'vip' });
		expect(ids()).toEqual([]);
		await inbox.change('b', { kind: 'label', label_id: 'vip', on: true });
		expect(ids()).toEqual(['b']);
	});

	it('are counted again after a change', async () => {
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
		const { inbox } = await setup();
		await vi.waitFor(() => expect(inbox.counts).toMatchObject({ open: 3, mine: 0 }));
		await inbox.change('b', { kind: 'assignee', assignee_id: me });
		await vi.advanceTimersByTimeAsync(1000);
		expect(inbox.counts).toMatchObject({ open: 3, mine: 1, unassigned: 2 });
		vi.useRealTimers();
	});
});

it('follows the sites that the operator works on now, and forgets those of others', async () => {
	const { backend, inbox, ids } = await setup();
	const { site_id } = there(inbox.row('a'));
	let told: string | null = null;
	inbox.onRemoved('a', () => (told = 'gone'));
	backend.rows.clear();
	await inbox.follow([]);
	expect([ids(), told]).toEqual([[], 'gone']);
	backend.write('new', 'on a new site', { silent: true });
	await inbox.follow([site_id]);
	expect(ids()).toEqual(['new']);
	const asked = backend.calls.length;
	await inbox.follow([site_id]);
	expect(backend.calls.length).toBe(asked);
});
