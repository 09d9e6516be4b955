import type { Message } from '@chatiq/contracts/message';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { message, row } from '../../test/support/message.ts';
import type { Call } from './api.ts';
import { Conversation } from './conversation.ts';
import { RequestFailed } from './request.ts';

/** A conversation whose server holds `stored`; `calls` tells what it was asked. */
function setup({ known = [], stored = known }: { known?: Message[]; stored?: Message[] } = {}) {
	const calls: string[] = [];
	const news: number[] = [];
	const server = { stored: [...stored], failures: 0, row: row() };
	const call = (async (name: string, args: Record<string, number>) => {
		if (name === 'get_conversation') return server.row;
		calls.push(`${name} ${args.after_seq ?? args.before_seq ?? args.seq}`);
		await Promise.resolve();
		if (server.failures-- > 0) throw new RequestFailed(0);
		const { after_seq = 0, before_seq = Infinity, after_change_seq = 0, max_rows = 0 } = args;
		if (name === 'message_changes_after')
			return server.stored.filter(({ change_seq }) => change_seq > after_change_seq);
		const rows = server.stored.filter(({ seq }) => seq > after_seq && seq < before_seq);
		if (name === 'messages_after') return rows.slice(0, max_rows);
		if (name === 'messages_before') return rows.slice(-max_rows);
		return args.seq;
	}) as Call;
	const conversation = new Conversation({
		row: row(),
		messages: known,
		call,
		onchange: () => undefined,
		onnews: (messages) => news.push(...messages.map(({ seq }) => seq))
	});
	onTestFinished(() => conversation.destroy());
	const seqs = () => conversation.messages.map(({ seq }) => seq);
	return { conversation, server, calls, news, seqs };
}

afterEach(() => vi.useRealTimers());

it('checks with one small request, and fetches only what it does not know', async () => {
	const { conversation, server, calls, seqs } = setup({ known: [message(1)] });
	server.row = row({ last_seq: 1 });
	await conversation.check();
	expect(calls).toEqual([]);
	server.stored = [message(1), message(2)];
	// A private note stands behind the message whose event was lost.
	server.row = row({ last_seq: 3 });
	await conversation.check();
	await conversation.check();
	expect(seqs()).toEqual([1, 2]);
	expect(calls).toEqual(['messages_after 1']);
});

it('learns from a catch-up how far the team has read, when the event was missed', async () => {
	const { conversation, server } = setup({ known: [message(1)] });
	server.row = { ...row(), team_read_seq: 1 };
	await conversation.catchUp();
	expect(conversation.row.team_read_seq).toBe(1);
});

describe('edits, redactions and reactions', () => {
	const known = [message(4), message(5)];

	it('that were missed come with the next catch-up, for what is loaded', async () => {
		const { conversation, server, seqs } = setup({ known });
		const edited = message(5, { body: 'edited', change_seq: 2 });
		server.stored = [message(1, { body: 'not loaded', change_seq: 1 }), message(4), edited];
		server.row = row({ last_seq: 5, last_change_seq: 3 });
		await conversation.catchUp();
		expect(conversation.messages).toEqual([message(4), edited]);
		expect(seqs()).toEqual([4, 5]);
		await conversation.catchUp();
		expect(conversation.messages).toEqual([message(4), edited]);
	});

	it('that come live are shown at once, and what one of them skipped is fetched', async () => {
		const { conversation, server } = setup({ known });
		const reactions = { '👍': ['olena'] };
		const change = { message_id: known[1]?.id ?? '', conversation_id: '', seq: 5, reactions };
		conversation.receiveReaction({ ...change, change_seq: 1 });
		expect(conversation.messages[1]).toMatchObject({ body: 'text 5', reactions });
		server.stored = [message(4, { body: 'edited', change_seq: 2 }), message(5)];
		server.row = row({ last_change_seq: 3 });
		conversation.receiveReaction({ ...change, change_seq: 3, reactions: {} });
		await conversation.catchUp();
		expect(conversation.messages).toMatchObject([{ body: 'edited' }, { reactions: {} }]);
	});
});

describe('live events', () => {
	it('that follow each other need no request', () => {
		const { conversation, calls, seqs, news } = setup({ known: [message(1)] });
		conversation.receive(message(2));
		conversation.receive(message(3));
		expect(seqs()).toEqual([1, 2, 3]);
		expect(news).toEqual([2, 3]);
		expect(calls).toEqual([]);
	});

	it('count once, however often they come', () => {
		const { conversation, seqs, news } = setup();
		for (let time = 0; time < 3; time++) conversation.receive(message(1));
		expect(seqs()).toEqual([1]);
		expect(news).toEqual([1]);
	});

	it('after a gap fetch what is missing', async () => {
		const { conversation, server, calls, seqs, news } = setup({ known: [message(1)] });
		server.stored = [1, 2, 3, 4].map((seq) => message(seq));
		conversation.receive(message(4));
		await conversation.catchUp();
		expect(seqs()).toEqual([1, 2, 3, 4]);
		expect(calls[0]).toBe('messages_after 1');
		expect(news).toEqual([2, 3, 4]);
	});

	it('after a hole that a private note left fetch once and go on', async () => {
		const { conversation, server, calls } = setup({ known: [message(1)] });
		server.stored = [message(1), message(3)];
		conversation.receive(message(3));
		await vi.waitFor(() => expect(calls).toEqual(['messages_after 1']));
		conversation.receive(message(4));
		expect(calls).toEqual(['messages_after 1']);
	});

	it('that overtake a fetch do not hide what was lost between them', async () => {
		vi.useFakeTimers();
		const { conversation, server, seqs } = setup({ known: [message(1)] });
		server.stored = [message(1), message(2)];
		const fetched = conversation.catchUp();
		// Event 3 is lost; 4 arrives while the answer, which ends at 2, is under way.
		conversation.receive(message(4));
		server.stored = [1, 2, 3, 4].map((seq) => message(seq));
		await fetched;
		await vi.advanceTimersByTimeAsync(2000);
		expect(seqs()).toEqual([1, 2, 3, 4]);
	});

	it('of another conversation are none of ours', () => {
		const { conversation, seqs } = setup();
		conversation.receive(message(1, { conversation_id: 'another' }));
		expect(seqs()).toEqual([]);
	});

	it('of the visitor are no news', () => {
		const { conversation, news } = setup();
		conversation.receive(message(1, { author_kind: 'visitor' }));
		expect(news).toEqual([]);
	});
});

describe('catching up', () => {
	it('goes on page by page until the end', async () => {
		const { conversation, server, calls, seqs } = setup();
		server.stored = Array.from({ length: 401 }, (_, index) => message(index + 1));
		await conversation.catchUp();
		expect(seqs()).toHaveLength(401);
		expect(calls).toEqual(['messages_after 0', 'messages_after 200', 'messages_after 400']);
	});

	it('tries again after a failure', async () => {
		vi.useFakeTimers();
		const { conversation, server, seqs } = setup();
		server.stored = [message(1)];
		server.failures = 3;
		void conversation.catchUp();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(seqs()).toEqual([1]);
	});

	it('asked for twice at once makes at most one more request', async () => {
		const { conversation, calls } = setup();
		await Promise.all([conversation.catchUp(), conversation.catchUp(), conversation.catchUp()]);
		expect(calls.length).toBeLessThanOrEqual(2);
	});
});

describe('history', () => {
	it('grows upwards until the first message', async () => {
		const stored = Array.from({ length: 40 }, (_, index) => message(index + 1));
		const { conversation, seqs } = setup({ known: stored.slice(-5), stored });
		expect(conversation.hasOlder).toBe(true);
		await conversation.loadOlder();
		expect(seqs()[0]).toBe(6);
		await conversation.loadOlder();
		expect(seqs()[0]).toBe(1);
		expect(conversation.hasOlder).toBe(false);
	});

	it('says so when it cannot be loaded', async () => {
		const { conversation, server } = setup({ known: [message(9)] });
		server.failures = 1;
		await conversation.loadOlder();
		expect(conversation.olderFailed).toBe(true);
		expect(conversation.loadingOlder).toBe(false);
	});
});

describe('reading', () => {
	it('tells the server once, and counts down at once', async () => {
		const { conversation, calls } = setup({ known: [message(1), message(2)] });
		expect(conversation.unread).toBe(2);
		conversation.markRead();
		conversation.markRead();
		expect(conversation.unread).toBe(0);
		await vi.waitFor(() => expect(calls).toEqual(['mark_read 2']));
	});

	it('never goes back', () => {
		const { conversation } = setup({ known: [message(1), message(2)] });
		conversation.markRead();
		conversation.receiveRow(row({ visitor_read_seq: 1, team_read_seq: 2 }));
		conversation.receiveRow(row({ team_read_seq: 1 }));
		expect(conversation.row).toMatchObject({ visitor_read_seq: 2, team_read_seq: 2 });
	});

	it('that the server did not hear of is told after the next catch-up', async () => {
		const { conversation, server, calls } = setup({ known: [message(1)] });
		server.failures = 1;
		conversation.markRead();
		await vi.waitFor(() => expect(calls).toEqual(['mark_read 1']));
		await conversation.catchUp();
		await vi.waitFor(() =>
			expect(calls).toEqual(['mark_read 1', 'messages_after 1', 'mark_read 1'])
		);
	});

	it('that the server did not hear of is told again by itself', async () => {
		vi.useFakeTimers();
		const { conversation, server, calls } = setup({ known: [message(1)] });
		server.failures = 2;
		conversation.markRead();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(calls).toEqual(['mark_read 1', 'mark_read 1', 'mark_read 1']);
	});

	it('in another tab counts here too', () => {
		const { conversation } = setup({ known: [message(1)] });
		conversation.receiveRead({
			conversation_id: row().id,
			reader_kind: 'visitor',
			reader_id: 'me',
			last_read_seq: 1,
			read_visitor_count: 0
		});
		expect(conversation.unread).toBe(0);
	});
});

it('counts what the server has counted, until the visitor reads', () => {
	const conversation = new Conversation({
		row: row({ last_seq: 50, visitor_read_seq: 5 }),
		messages: [message(49), message(50)],
		unread: 44,
		call: () => Promise.reject(new Error('not asked')),
		onchange: () => undefined,
		onnews: () => undefined
	});
	expect(conversation.unread).toBe(44);
	conversation.receive(message(51));
	conversation.receive(message(52, { author_kind: 'system' }));
	expect(conversation.unread).toBe(45);
	// Of the counted ones and of the new ones: what was taken back is not news.
	for (const seq of [50, 51]) {
		conversation.receive(message(seq, { redacted_at: '2026-01-01T00:00:00Z', change_seq: 90 }));
	}
	expect(conversation.unread).toBe(43);
	conversation.receiveRow(row({ last_seq: 52, visitor_read_seq: 51 }));
	expect(conversation.unread).toBe(0);
	conversation.destroy();
});
