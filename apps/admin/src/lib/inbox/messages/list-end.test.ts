import { expect, it } from 'vitest';
import { FakeBackend, me } from '../fake-api.ts';
import { ListEnd } from './list-end.ts';

const backend = new FakeBackend();
const written = Array.from({ length: 70 }, (_, at) =>
	backend.write('a', `message ${at}`, { by: at % 3 === 0 ? me : 'visitor' })
);
const seqs = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);

it('leaves what is above as it is when one more comes', () => {
	const list = new ListEnd();
	const before = list.split(written.slice(0, 50), true);
	const after = list.split(written.slice(0, 51), true);
	expect(after.above).toBe(before.above);
	expect(seqs(after.end)).toEqual([...seqs(before.end), 51]);
});

it('moves what has become too much, but not under the eyes of who reads further up', () => {
	const list = new ListEnd();
	const from = list.split(written.slice(0, 20), true).end[0]?.seq;
	expect(list.split(written, false).end[0]?.seq).toBe(from);
	expect(list.tooLong(list.split(written, false).end)).toBe(true);
	const { above, end } = list.split(written, true);
	expect(list.tooLong(end)).toBe(false);
	expect(end.length).toBeLessThan(20);
	expect([...above, ...end]).toEqual(written);
});

it('keeps the place of the end when older messages come, and finds another for other messages', () => {
	const list = new ListEnd();
	const { end } = list.split(written.slice(30), true);
	expect(list.split(written, true).end).toEqual(end);
	const others = list.split(written.slice(0, 10), true);
	expect([...others.above, ...others.end]).toEqual(written.slice(0, 10));
});

it('shows a changed message above', () => {
	const list = new ListEnd();
	list.split(written, true);
	const [first, ...rest] = written;
	if (!first) throw new Error('there are messages');
	const changed = { ...first, body: 'Another text' };
	expect(list.split([changed, ...rest], true).above[0]).toBe(changed);
});
