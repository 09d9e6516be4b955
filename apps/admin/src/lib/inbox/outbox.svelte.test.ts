import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '@chatiq/contracts/errors';
import { FakeBackend, me, there } from './fake-api.ts';
import { Unreachable } from './failure.ts';
import { Outbox } from './outbox.svelte.ts';
import type { OutboxItem, OutboxStore } from './outbox-store.ts';

/** Stands for the browser's disk: it outlives an `Outbox`. */
function disk() {
	const items = new Map<string, OutboxItem>();
	const open = (): OutboxStore => ({
		durable: true,
		put: (item) => Promise.resolve(void items.set(item.id, item)),
		remove: (id) => Promise.resolve(void items.delete(id)),
		adopt: (take) => {
			take([...items.values()]);
			return Promise.resolve();
		}
	});
	return { items, open };
}

function setup() {
	const backend = new FakeBackend();
	backend.write('a', 'question');
	const { items, open } = disk();
	const outbox = new Outbox(backend, open(), me);
	const bodies = (id = 'a') => (backend.messages.get(id) ?? []).map((message) => message.body);
	return { backend, outbox, items, open, bodies };
}

const draft = (body: string, seen_seq = 1) => ({ conversation_id: 'a', body, seen_seq });

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

it('stores before it sends, and forgets what has arrived', async () => {
	const { backend, outbox, items, bodies } = setup();
	backend.reachable = false;
	await outbox.send(draft('  answer '));
	expect([...items.values()].map((item) => item.body)).toEqual(['answer']);
	backend.reachable = true;
	await vi.runAllTimersAsync();
	expect(bodies()).toEqual(['question', 'answer']);
	expect(items.size).toBe(0);
	expect(outbox.items).toEqual([]);
});

it('sends once when answers are lost', async () => {
	const { backend, outbox, bodies } = setup();
	backend.loseAnswers = 3;
	await outbox.send(draft('answer'));
	await vi.runAllTimersAsync();
	expect(bodies()).toEqual(['question', 'answer']);
	expect(backend.calls.filter((call) => call === 'send')).toHaveLength(4);
});

it('keeps the order of a conversation through an outage, and does not hold up another one', async () => {
	const { backend, outbox, bodies } = setup();
	backend.reachable = false;
	await Promise.all([
		outbox.send(draft('one')),
		outbox.send(draft('two')),
		outbox.send(draft('three'))
	]);
	expect(outbox.waiting.has('a')).toBe(true);
	backend.reachable = true;
	await outbox.send({ conversation_id: 'b', body: 'elsewhere', seen_seq: 0 });
	expect(bodies('b')).toEqual(['elsewhere']);
	await vi.runAllTimersAsync();
	expect(bodies()).toEqual(['question', 'one', 'two', 'three']);
	expect(outbox.waiting.size).toBe(0);
});

it('goes on after a reload, catching up first', async () => {
	const { backend, outbox, open, bodies } = setup();
	backend.reachable = false;
	await outbox.send(draft('before the reload'));
	vi.clearAllTimers();

	backend.reachable = true;
	const order: string[] = [];
	const reloaded = new Outbox(backend, open(), me);
	reloaded.beforeRetry('a', () => Promise.resolve(void order.push('caught up')));
	reloaded.onDelivered((message) => order.push(message.body));
	await reloaded.restore();
	await vi.runAllTimersAsync();
	expect(order).toEqual(['caught up', 'before the reload']);
	expect(bodies()).toEqual(['question', 'before the reload']);
});

it('sends although the browser has closed its storage under the page', async () => {
	const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
	const { backend, open, bodies } = setup();
	const closing = new DOMException('The database connection is closing.', 'InvalidStateError');
	const outbox = new Outbox(backend, { ...open(), adopt: () => Promise.reject(closing) }, me);
	await outbox.restore();
	expect(warn).toHaveBeenCalledWith(expect.any(String), closing);
	warn.mockRestore();
	await outbox.send(draft('all the same'));
	expect(bodies()).toEqual(['question', 'all the same']);
});

it('tries at once when the network is back, and waits again when catching up fails', async () => {
	const { backend, outbox, bodies } = setup();
	backend.reachable = false;
	await outbox.send(draft('answer'));
	let caughtUp = false;
	outbox.beforeRetry('a', () =>
		caughtUp ? Promise.resolve() : Promise.reject(new AppError('internal'))
	);
	backend.reachable = true;
	outbox.wake();
	await vi.advanceTimersByTimeAsync(0);
	expect(bodies()).toEqual(['question']);
	caughtUp = true;
	outbox.wake();
	await vi.advanceTimersByTimeAsync(0);
	expect(bodies()).toEqual(['question', 'answer']);
});

it('holds a reply that somebody overtook, and everything behind it, until the operator decides', async () => {
	const { backend, outbox, bodies } = setup();
	backend.write('a', 'wait, another question');
	await outbox.send(draft('answer'));
	await outbox.send(draft('and more'));
	expect(outbox.items.map((item) => item.state)).toEqual(['held', 'queued']);
	expect(bodies()).toEqual(['question', 'wait, another question']);

	await outbox.retry(there(outbox.items[0]), 2);
	expect(bodies()).toEqual(['question', 'wait, another question', 'answer', 'and more']);
	expect(outbox.items).toEqual([]);
});

it('holds a reply that was overtaken even when what overtook it cannot be fetched for now', async () => {
	const { backend, outbox } = setup();
	backend.write('a', 'wait, another question');
	outbox.beforeRetry('a', () => Promise.reject(new Unreachable('no network')));
	await outbox.send(draft('answer'));
	expect(outbox.items.map((item) => item.state)).toEqual(['held']);
});

it('sends a held reply after all while what overtook it is still loading', async () => {
	const { backend, outbox, bodies } = setup();
	backend.write('a', 'wait, another question');
	const loading = Promise.withResolvers<undefined>();
	outbox.beforeRetry('a', () => loading.promise);
	const sending = outbox.send(draft('answer'));
	await vi.waitFor(() => expect(outbox.items[0]?.state).toBe('held'));
	await outbox.retry(there(outbox.items[0]), 2);
	loading.resolve(undefined);
	await sending;
	await vi.advanceTimersByTimeAsync(0);
	expect(bodies()).toEqual(['question', 'wait, another question', 'answer']);
});

it('is not made stale by my own earlier message', async () => {
	const { outbox, bodies } = setup();
	await Promise.all([outbox.send(draft('one')), outbox.send(draft('two'))]);
	expect(bodies()).toEqual(['question', 'one', 'two']);
});

it('keeps a refused message with its reason until it is discarded', async () => {
	const { backend, outbox, items } = setup();
	backend.refusal = new AppError('conversation_not_found');
	await outbox.send(draft('answer'));
	await vi.runAllTimersAsync();
	expect(outbox.items[0]).toMatchObject({ state: 'failed', reason: 'conversation_not_found' });
	expect(items.size).toBe(1);
	await outbox.discard(there(outbox.items[0]));
	expect(items.size).toBe(0);
});

it('stops retrying once the message was seen stored', async () => {
	const { backend, outbox } = setup();
	backend.reachable = false;
	await outbox.send(draft('answer'));
	outbox.settle(there(outbox.items[0]).id);
	const before = backend.calls.length;
	await vi.runAllTimersAsync();
	expect(backend.calls).toHaveLength(before);
});

it('waits as long as a rate limit asks for', async () => {
	const { backend, outbox, bodies } = setup();
	backend.refusal = new AppError('rate_limited', 'rate_limited', { retryAfter: 30 });
	await outbox.send(draft('answer'));
	backend.refusal = null;
	await vi.advanceTimersByTimeAsync(29_000);
	expect(bodies()).toEqual(['question']);
	await vi.advanceTimersByTimeAsync(1500);
	expect(bodies()).toEqual(['question', 'answer']);
});
