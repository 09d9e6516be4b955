import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryJournal } from '../../test/support/surroundings.ts';
import type { OutboxItem } from './outbox-items.ts';
import { memoryStore } from './outbox-store.ts';
import { Outbox } from './outbox.ts';
import { RequestFailed } from './request.ts';

const offline = () => new RequestFailed(0);
const refused = () => new RequestFailed(422, { code: 'message_too_long' });

/** A shop's outbox whose server answers what the test says: an error to throw, or nothing for success. */
function setup({
	store = memoryStore(),
	name = crypto.randomUUID(),
	journal = memoryJournal()
} = {}) {
	const sent: OutboxItem[] = [];
	const server = {
		answer: ((): Error | undefined => undefined) as (item: OutboxItem) => Error | undefined,
		busy: 0,
		mostBusy: 0
	};
	const outbox = new Outbox({
		name,
		store,
		journal,
		onchange: () => undefined,
		deliver: async (item) => {
			server.mostBusy = Math.max(server.mostBusy, ++server.busy);
			await Promise.resolve();
			server.busy--;
			const error = server.answer(item);
			if (error) throw error;
			sent.push(item);
		}
	});
	onTestFinished(() => outbox.destroy());
	return { outbox, server, sent, bodies: () => sent.map(({ body }) => body) };
}

beforeEach(() => vi.spyOn(Math, 'random').mockReturnValue(0.5));
afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

describe('Outbox', () => {
	it('keeps a text before the network sees it, and until the server has it', async () => {
		const store = memoryStore();
		const { outbox, server } = setup({ store });
		const kept: number[] = [];
		server.answer = () => {
			void store.change((items) => (kept.push(items.length), items));
			return undefined;
		};
		await outbox.add('hello', null);
		await vi.waitFor(() => expect(outbox.items).toEqual([]));
		expect(kept).toEqual([1]);
	});

	it('sends one at a time, in order', async () => {
		const { outbox, server, bodies } = setup();
		const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
		await Promise.all(texts.map((text) => outbox.add(text, 'c')));
		await vi.waitFor(() => expect(bodies()).toEqual(texts));
		expect(server.mostBusy).toBe(1);
	});

	it('does not let the second overtake the first, which finds no server', async () => {
		vi.useFakeTimers();
		const { outbox, server, bodies } = setup();
		let failures = 3;
		server.answer = ({ body }) => (body === 'first' && failures-- > 0 ? offline() : undefined);
		await outbox.add('first', 'c');
		await outbox.add('second', 'c');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(bodies()).toEqual(['first', 'second']);
	});

	it('never gives up on a server that is away', async () => {
		vi.useFakeTimers();
		const { outbox, server, bodies } = setup();
		server.answer = () => new RequestFailed(503);
		await outbox.add('patient', 'c');
		await vi.advanceTimersByTimeAsync(24 * 3600_000);
		expect(outbox.items[0]?.refused).toBeNull();
		server.answer = () => undefined;
		outbox.poke();
		await vi.advanceTimersByTimeAsync(0);
		expect(bodies()).toEqual(['patient']);
	});

	it('waits as long as a rate limit says, even when poked, and says so', async () => {
		vi.useFakeTimers();
		const { outbox, server, bodies } = setup();
		let tries = 0;
		server.answer = () =>
			++tries === 1
				? new RequestFailed(429, { code: 'rate_limited', retryAfterMs: 20_000 })
				: undefined;
		await outbox.add('quick', 'c');
		await vi.advanceTimersByTimeAsync(10);
		expect(outbox.pausedUntil).not.toBeNull();
		outbox.poke();
		await vi.advanceTimersByTimeAsync(15_000);
		expect(tries).toBe(1);
		await vi.advanceTimersByTimeAsync(10_000);
		expect(bodies()).toEqual(['quick']);
		expect(outbox.pausedUntil).toBeNull();
	});

	it('keeps a refused text with its reason, and goes on with the next', async () => {
		const { outbox, server, bodies } = setup();
		server.answer = ({ body }) => (body === 'bad' ? refused() : undefined);
		await outbox.add('bad', 'c');
		await outbox.add('good', 'c');
		await vi.waitFor(() => expect(bodies()).toEqual(['good']));
		expect(outbox.items).toMatchObject([{ body: 'bad', refused: 'message_too_long' }]);
	});

	it('sends a refused text again when asked, under the same id', async () => {
		const { outbox, server, sent } = setup();
		server.answer = refused;
		await outbox.add('again', 'c');
		await vi.waitFor(() => expect(outbox.items[0]?.refused).toBe('message_too_long'));
		const id = outbox.items[0]?.message_id ?? '';
		server.answer = () => undefined;
		await outbox.retry(id);
		await vi.waitFor(() => expect(sent.map(({ message_id }) => message_id)).toEqual([id]));
	});

	it('starts one conversation, however many texts wait for it', async () => {
		const { outbox, sent } = setup();
		await Promise.all(['one', 'two', 'three'].map((text) => outbox.add(text, null)));
		await vi.waitFor(() => expect(sent).toHaveLength(3));
		expect(sent.map(({ starts }) => starts)).toEqual([true, false, false]);
		expect(new Set(sent.map(({ conversation_id }) => conversation_id)).size).toBe(1);
	});

	it('begins anew where the conversation is gone, with all that waits', async () => {
		const { outbox, server, sent } = setup();
		server.answer = ({ starts }) =>
			starts || sent.length > 0
				? undefined
				: new RequestFailed(404, { code: 'conversation_not_found' });
		await outbox.add('one', 'gone');
		await outbox.add('two', 'gone');
		await vi.waitFor(() => expect(sent).toHaveLength(2));
		expect(sent.map(({ starts }) => starts)).toEqual([true, false]);
		expect(new Set(sent.map(({ conversation_id }) => conversation_id)).size).toBe(1);
		expect(sent[0]?.conversation_id).not.toBe('gone');
	});

	it('takes new ids where the old ones are taken', async () => {
		const { outbox, server, sent } = setup();
		let first: OutboxItem | undefined;
		server.answer = (item) =>
			(first ??= item) === item ? new RequestFailed(409, { code: 'id_conflict' }) : undefined;
		await outbox.add('mine', null);
		await vi.waitFor(() => expect(sent).toHaveLength(1));
		expect(sent[0]).toMatchObject({ body: 'mine', starts: true });
		expect(sent[0]?.message_id).not.toBe(first?.message_id);
		expect(sent[0]?.conversation_id).not.toBe(first?.conversation_id);
	});

	it('sends what an earlier page has left', async () => {
		const store = memoryStore();
		const earlier = setup({ store });
		earlier.server.answer = offline;
		await earlier.outbox.add('left behind', null);
		await vi.waitFor(() => expect(earlier.outbox.failures).toBe(1));
		earlier.outbox.destroy();
		const later = setup({ store });
		await later.outbox.load();
		later.outbox.poke();
		await vi.waitFor(() => expect(later.bodies()).toEqual(['left behind']));
		expect(later.sent[0]?.starts).toBe(true);
	});

	it('keeps a text that the page typed when it was left before the store had it', async () => {
		const journal = memoryJournal();
		const earlier = setup({
			journal,
			store: { ...memoryStore(), change: () => new Promise(() => undefined) }
		});
		void earlier.outbox.add('first', null);
		void earlier.outbox.add('second', null);
		expect(earlier.outbox.items.map(({ body }) => body)).toEqual(['first', 'second']);
		const later = setup({ journal });
		await later.outbox.load();
		later.outbox.poke();
		await vi.waitFor(() => expect(later.bodies()).toEqual(['first', 'second']));
		expect(journal.read()).toEqual([]);
	});

	it('sends each text once from two tabs', async () => {
		const store = memoryStore();
		const name = crypto.randomUUID();
		const tabs = [setup({ store, name }), setup({ store, name })] as const;
		await Promise.all(
			Array.from({ length: 10 }, (_, index) => tabs[index % 2 ? 1 : 0].outbox.add(`${index}`, 'c'))
		);
		tabs.forEach(({ outbox }) => outbox.poke());
		await vi.waitFor(async () => expect(await store.change((items) => items)).toEqual([]));
		const sent = [...tabs[0].bodies(), ...tabs[1].bodies()];
		expect(sent.sort()).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
	});

	it('says nothing and sends nothing after its end', async () => {
		vi.useFakeTimers();
		const { outbox, server, bodies } = setup();
		server.answer = offline;
		await outbox.add('x', 'c');
		await vi.advanceTimersByTimeAsync(10);
		outbox.destroy();
		server.answer = () => undefined;
		await vi.advanceTimersByTimeAsync(3600_000);
		expect(bodies()).toEqual([]);
	});
});
