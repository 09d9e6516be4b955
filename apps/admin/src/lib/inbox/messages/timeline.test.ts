import { expect, it } from 'vitest';
import type { ConversationEvent } from '@chatiq/contracts/conversation';
import { FakeBackend, colleague, me } from '../fake-api.ts';
import type { Rating } from '@chatiq/contracts/realtime';
import type { OutboxItem } from '../outbox-store.ts';
import { timeline, type TimelineItem } from './timeline.ts';

const day = 24 * 3600_000;
const start = new Date(2026, 10, 20, 12, 0).getTime();

/** One message of `by` at each of the given times. */
function written(...lines: [by: string, atMs: number][]) {
	const backend = new FakeBackend();
	return lines.map(([by, atMs], index) => ({
		...backend.write('a', `message ${index + 1}`, { by }),
		created_at: new Date(start + atMs).toISOString()
	}));
}

const draw = (
	messages: ReturnType<typeof written>,
	options: Partial<Parameters<typeof timeline>[0]> = {}
) =>
	timeline({ messages, pending: [], newAfter: null, me, ...options }).map((item) =>
		item.kind === 'message'
			? `${item.message.seq}${item.first ? ' first' : ''}${item.last ? ' last' : ''}`
			: item.kind
	);

it('joins what one author writes in a row', () => {
	const messages = written(['visitor', 0], ['visitor', 1000], [me, 2000], [colleague, 3000]);
	expect(draw(messages)).toEqual(['day', '1 first', '2 last', '3 first last', '4 first last']);
});

it('begins anew after a pause, and with a line on a new day', () => {
	const messages = written(['visitor', 0], ['visitor', 6 * 60_000], ['visitor', day]);
	expect(draw(messages)).toEqual(['day', '1 first last', '2 first last', 'day', '3 first last']);
});

it('draws the line above the first new message that is not mine', () => {
	const messages = written(['visitor', 0], [me, 1000], ['visitor', 2000], ['visitor', 3000]);
	expect(draw(messages, { newAfter: 1 })).toEqual([
		'day',
		'1 first last',
		'2 first last',
		'new',
		'3 first',
		'4 last'
	]);
	expect(draw(messages, { newAfter: 4 })).not.toContain('new');
});

it('keeps the key of a message when it is stored', () => {
	const [message] = written([me, 0]);
	if (!message) throw new Error('one was written');
	const item: OutboxItem = {
		id: message.id,
		operator_id: me,
		conversation_id: 'a',
		body: message.body,
		visibility: 'public',
		seen_seq: 0,
		created_at: message.created_at,
		state: 'queued',
		reason: null
	};
	const keys = (stored: boolean) =>
		timeline({
			messages: stored ? [message] : [],
			pending: stored ? [] : [item],
			newAfter: null,
			me
		}).map(({ key }) => key);
	expect(keys(false)).toEqual([message.id]);
	expect(keys(true)).toContain(message.id);
});

it('puts what was done behind the message that it followed, and parts a group there', () => {
	const messages = written(['visitor', 0], ['visitor', 1000], [me, 2000]);
	const done = (...places: number[]) =>
		places.map((after_seq, id) => ({ id, after_seq }) as ConversationEvent);
	const events = done(1, 3, 4);
	expect(
		timeline({ messages, pending: [], newAfter: null, me, events }).map(({ key, kind }) =>
			kind === 'event' ? key : kind
		)
	).toEqual(['day', 'message', 'event:0', 'message', 'message', 'event:1', 'event:2']);
	expect(draw(messages, { events })).toEqual([
		...['day', '1 first last', 'event', '2 first last', '3 first last', 'event', 'event']
	]);
	// Of an old stretch only what lies within it.
	const [, ...later] = messages;
	expect(draw(later, { events, apart: true })).toEqual([
		...['day', '2 first last', '3 first last', 'event']
	]);
});

it('is the same when it is drawn in two parts', () => {
	const messages = written(
		...([
			...[
				['visitor', 0],
				['visitor', 1000],
				[me, 2000],
				[me, 3000],
				['visitor', 4000]
			],
			...[
				['visitor', day],
				['visitor', day + 1000],
				[colleague, day + 2000]
			]
		] as [string, number][])
	);
	const events = [1, 4, 8].map((after_seq, id) => ({ id, after_seq }) as ConversationEvent);
	const common = { pending: [], me, events };
	for (const newAfter of [null, 1, 5, 8])
		for (const ratedAfterMs of [1500, 4500, 2 * day]) {
			const rating = { updated_at: new Date(start + ratedAfterMs).toISOString() } as Rating;
			const keys = (items: readonly TimelineItem[]) =>
				items.map((item) =>
					item.kind === 'message' ? [item.key, item.first, item.last] : item.key
				);
			const whole = keys(timeline({ ...common, rating, messages, newAfter }));
			for (let at = 1; at < messages.length; at++) {
				const [above, end] = [messages.slice(0, at), messages.slice(at)];
				const upper = timeline({ ...common, rating, messages: above, below: end[0], newAfter });
				const marked = upper.some(({ kind }) => kind === 'new');
				const lower = timeline({
					...{ ...common, rating, messages: end, above: above.at(-1) },
					newAfter: marked ? null : newAfter
				});
				expect([...keys(upper), ...keys(lower)]).toEqual(whole);
			}
		}
});
