import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Conversation } from './conversation.svelte.ts';
import { colleague, FakeBackend, me, organization, there } from './fake-api.ts';
import { unreadCount } from './inbox-rows.svelte.ts';
import { Inbox } from './inbox.svelte.ts';
import { memoryStore } from './outbox-store.ts';
import { Outbox } from './outbox.svelte.ts';

async function setup({ written = 3, reachable = true } = {}) {
	const backend = new FakeBackend();
	backend.reachable = reachable;
	for (let i = 1; i <= written; i++) backend.write('a', `message ${i}`);
	const inbox = new Inbox({ api: backend, me, organization, siteIds: ['site'] });
	inbox.connect();
	const outbox = new Outbox(backend, memoryStore(), me);
	const conversation = new Conversation({
		id: 'a',
		me,
		colleagues: new Set([me, colleague]),
		api: backend,
		inbox,
		outbox
	});
	const stop = conversation.connect();
	await vi.advanceTimersByTimeAsync(0);
	const seqs = () => conversation.window.messages.map((message) => message.seq);
	return { backend, inbox, outbox, conversation, seqs, stop };
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

it('opens at the end and loads history upwards', async () => {
	const { conversation, seqs } = await setup({ written: 70 });
	expect(seqs()).toEqual(Array.from({ length: 30 }, (_, i) => 41 + i));
	await conversation.history.loadOlder();
	await conversation.history.loadOlder();
	expect(seqs()).toEqual(Array.from({ length: 70 }, (_, i) => 1 + i));
	expect(conversation.window.hasOlder).toBe(false);
});

it('shows each message once, whichever way and however often it comes', async () => {
	const { backend, conversation, seqs } = await setup();
	const message = backend.write('a', 'live');
	backend.conversationListener('a').message_created(message);
	await conversation.catchUp();
	expect(seqs()).toEqual([1, 2, 3, 4]);
});

it('fetches what is missing when an event leaves a gap', async () => {
	const { backend, seqs } = await setup();
	for (let i = 0; i < 250; i++) backend.write('a', 'lost event', { silent: true });
	backend.write('a', 'this one is heard');
	await vi.advanceTimersByTimeAsync(0);
	expect(seqs()).toHaveLength(254);
	expect(seqs()).toEqual(seqs().toSorted((a, b) => a - b));
});

it('hears of a last message whose events were lost when it checks', async () => {
	const { backend, inbox, conversation, seqs } = await setup();
	backend.write('a', 'lost event', { silent: true });
	await inbox.catchUp();
	conversation.check();
	await vi.advanceTimersByTimeAsync(0);
	expect(seqs()).toEqual([1, 2, 3, 4]);
	const asked = backend.calls.length;
	conversation.check();
	expect(backend.calls).toHaveLength(asked);
});

it('keeps an edit that arrives before the older state', async () => {
	const { backend, conversation } = await setup();
	const original = there(conversation.window.messages[1]);
	const edited = { ...original, body: '', change_seq: 1 };
	backend.conversationListener('a').message_updated(edited);
	backend.conversationListener('a').message_created(original);
	expect(conversation.window.messages[1]).toEqual(edited);
});

it('catches up with edits whose events were lost, in what is loaded and nowhere else', async () => {
	const { backend, conversation } = await setup();
	backend.edit('a', 2, 'lost', { silent: true });
	backend.edit('a', 3, 'heard');
	await vi.advanceTimersByTimeAsync(0);
	expect(conversation.window.messages.map(({ body }) => body).slice(1)).toEqual(['lost', 'heard']);
	backend.edit('a', 1, 'lost too', { silent: true });
	await conversation.catchUp();
	expect(conversation.window.messages[0]?.body).toBe('lost too');
});

it('is missing as soon as it was erased', async () => {
	const { backend, conversation } = await setup();
	backend.tell('conversation_removed', { id: 'a' });
	expect(conversation.phase).toBe('missing');
});

it('shows a message as pending until it is stored, then in its place, never twice', async () => {
	const { backend, conversation } = await setup();
	conversation.look(true);
	backend.loseAnswers = 1;
	const sending = conversation.answering.send('my answer', {});
	expect(conversation.answering.pending.map((item) => item.body)).toEqual(['my answer']);
	await sending;
	expect(conversation.answering.pending).toEqual([]);
	expect(conversation.window.messages.at(-1)?.body).toBe('my answer');
	await vi.advanceTimersByTimeAsync(60_000);
	expect(backend.messages.get('a')).toHaveLength(4);
});

it('asks before it answers over a message that was not in view', async () => {
	const { backend, conversation } = await setup();
	conversation.look(true);
	await vi.advanceTimersByTimeAsync(400);
	conversation.look(false);
	backend.write('a', 'one more thing', { silent: true });
	await conversation.answering.send('answer', {});
	await vi.advanceTimersByTimeAsync(0);
	expect(conversation.answering.held?.body).toBe('answer');
	expect(conversation.answering.missed.map((message) => message.body)).toEqual(['one more thing']);

	await conversation.answering.sendAnyway(there(conversation.answering.held));
	expect(conversation.answering.held).toBeNull();
	expect(conversation.window.messages.map((message) => message.body).slice(-2)).toEqual([
		'one more thing',
		'answer'
	]);
});

it('marks as read only what is in view, once, and only forwards', async () => {
	const { backend, inbox, conversation } = await setup();
	const marks = () => backend.calls.filter((call) => call.startsWith('mark_read'));
	await vi.advanceTimersByTimeAsync(1000);
	expect(marks()).toEqual([]);
	conversation.look(true);
	backend.write('a', 'live');
	await vi.advanceTimersByTimeAsync(1000);
	expect(marks()).toEqual(['mark_read 4']);
	expect(unreadCount(there(inbox.row('a')))).toBe(0);
	conversation.look(false);
	conversation.look(true);
	await vi.advanceTimersByTimeAsync(1000);
	expect(marks()).toEqual(['mark_read 4']);
});

it('tells again by itself what was read when the network was away', async () => {
	const { backend, inbox, conversation } = await setup();
	backend.reachable = false;
	conversation.look(true);
	await vi.advanceTimersByTimeAsync(1000);
	backend.reachable = true;
	await vi.advanceTimersByTimeAsync(5000);
	expect(unreadCount(there(inbox.row('a')))).toBe(0);
});

it('draws the line above what came while nobody looked', async () => {
	const { backend, conversation } = await setup();
	expect(conversation.newAfter).toBe(0);
	conversation.look(true);
	conversation.look(false);
	backend.write('a', 'news');
	expect(conversation.newAfter).toBe(3);
});

it('shows the visitor and colleagues as writing, for six seconds, and nobody else', async () => {
	const { backend, conversation } = await setup();
	const typing = (author_kind: string, author_id: string) =>
		backend.conversationListener('a').typing({ author_kind, author_id, name: 'Support' });
	typing('operator', me);
	typing('operator', 'a visitor who claims to be staff');
	typing('visitor', 'another visitor');
	backend.conversationListener('a').typing('nonsense');
	expect(conversation.typing.writers).toEqual([]);
	typing('operator', colleague);
	typing('visitor', 'visitor-of-a');
	expect(conversation.typing.writers).toHaveLength(2);
	backend.write('a', 'done');
	expect(conversation.typing.writers.map((writer) => writer.author_id)).toEqual([colleague]);
	await vi.advanceTimersByTimeAsync(6000);
	expect(conversation.typing.writers).toEqual([]);
});

it('tells that I am writing at most every 2.5 seconds', async () => {
	const { backend, conversation } = await setup();
	for (const now of [0, 1000, 2499, 2500, 4000, 5000]) conversation.typed(now);
	expect(backend.calls.filter((call) => call === 'typing')).toHaveLength(3);
});

it('recovers from an outage at the start', async () => {
	const { seqs, conversation, backend } = await setup({ reachable: false });
	expect(conversation.failure).toBe('unreachable');
	backend.reachable = true;
	await vi.advanceTimersByTimeAsync(2000);
	expect(conversation.failure).toBeNull();
	expect(seqs()).toEqual([1, 2, 3]);
});

it('says that there is no such conversation', async () => {
	const { conversation } = await setup({ written: 0 });
	expect(conversation.phase).toBe('missing');
});

it('shows which colleagues are there, and nobody else', async () => {
	const { backend, conversation, stop } = await setup();
	backend.conversationListener('a').viewers([me, colleague, 'somebody']);
	expect(conversation.viewers).toEqual([colleague]);
	backend.conversationListener('a').viewers([me]);
	expect(conversation.viewers).toEqual([]);
	backend.conversationListener('a').viewers([colleague]);
	stop();
	expect(conversation.viewers).toEqual([]);
});
