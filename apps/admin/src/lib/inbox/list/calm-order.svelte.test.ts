import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { colleague, FakeBackend, me, organization } from '../fake-api.ts';
import { Inbox } from '../inbox.svelte.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function setup(count = 3) {
	const backend = new FakeBackend();
	for (let n = 1; n <= count; n++) backend.write(`c${String(n).padStart(3, '0')}`, `hello ${n}`);
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	inbox.connect();
	await vi.waitFor(() => expect(inbox.page).not.toBeNull());
	return { backend, inbox, ids: () => inbox.conversations.map(({ id }) => id) };
}

it('moves nothing under a hand; news wait above, and come when the hand has gone', async () => {
	const { backend, inbox, ids } = await setup();
	inbox.order.hold();
	backend.write('c001', 'again');
	backend.write('c004', 'somebody new');
	expect(ids()).toEqual(['c003', 'c002', 'c001']);
	expect(inbox.conversations[2]?.last_message_preview).toBe('again');
	expect(inbox.order.news).toBe(2);
	inbox.order.release();
	expect(ids()).toEqual(['c004', 'c001', 'c003', 'c002']);
	expect(inbox.order.news).toBe(0);
});

it('keeps what a colleague takes away until then, but not what was erased', async () => {
	const { backend, inbox, ids } = await setup();
	await inbox.show({ view: 'waiting', site_id: null, label_id: null });
	inbox.order.hold();
	backend.write('c001', 'an answer', { by: colleague });
	backend.tell('conversation_removed', { id: 'c002' });
	expect(ids()).toEqual(['c001', 'c003']);
	inbox.order.release();
	expect(ids()).toEqual(['c003']);
});

it('lets go when the hand rests', async () => {
	const { backend, inbox, ids } = await setup();
	inbox.order.hold();
	await vi.advanceTimersByTimeAsync(2000);
	inbox.order.hold();
	backend.write('c001', 'again');
	await vi.advanceTimersByTimeAsync(2000);
	expect(ids()[0]).toBe('c003');
	await vi.advanceTimersByTimeAsync(1000);
	expect(ids()[0]).toBe('c001');
});

it('goes on with more of the list, which then stands still as well', async () => {
	const { backend, inbox, ids } = await setup(70);
	inbox.order.hold();
	backend.write('c071', 'somebody new');
	await inbox.loadMore();
	expect(ids()).toHaveLength(70);
	expect([ids()[0], ids().at(-1)]).toEqual(['c070', 'c001']);
	backend.write('c001', 'again');
	expect(ids().at(-1)).toBe('c001');
	expect(inbox.order.news).toBe(2);
});
