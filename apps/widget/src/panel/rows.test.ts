import { describe, expect, it } from 'vitest';
import type { Entry } from '../core/chat-view.ts';
import { rowsOf } from './rows.ts';

let id = 0;
const entry = (at: string, change: Partial<Entry> = {}): Entry => ({
	id: `m${++id}`,
	body: 'x',
	attachments: [],
	at: new Date(at).toISOString(),
	authorKind: 'operator',
	authorId: 'olena',
	authorName: 'Olena',
	edited: false,
	redacted: false,
	delivery: null,
	refused: null,
	message: null,
	replyTo: null,
	...change
});
const shape = (entries: Entry[]) =>
	rowsOf(entries, entries.length).map((row) => (row.kind === 'group' ? row.entries.length : row.kind));

describe('rowsOf', () => {
	it('keeps together what one person writes in one go', () => {
		const texts = ['10:00', '10:02', '10:04'].map((time) => entry(`2026-11-21T${time}:00`));
		expect(shape(texts)).toEqual(['day', 3]);
	});

	it('parts people, long pauses and days', () => {
		expect(
			shape([
				entry('2026-11-20T23:58:00'),
				entry('2026-11-21T00:01:00'),
				entry('2026-11-21T00:02:00', { authorId: 'taras' }),
				entry('2026-11-21T00:20:00', { authorId: 'taras' })
			])
		).toEqual(['day', 1, 'day', 1, 1, 1]);
	});

	it('puts a text on its way to the stored ones before it', () => {
		const own = { authorKind: 'visitor', authorId: 'me' } as const;
		expect(
			shape([
				entry('2026-11-21T10:00:00', own),
				entry('2026-11-21T10:01:00', { ...own, authorId: null, delivery: 'sending' })
			])
		).toEqual(['day', 2]);
	});

	it('gives what the system says a line of its own', () => {
		const texts = [
			entry('2026-11-21T10:00:00'),
			entry('2026-11-21T10:00:30', { authorKind: 'system' }),
			entry('2026-11-21T10:01:00')
		];
		expect(shape(texts)).toEqual(['day', 1, 'notice', 1]);
	});

	it('keeps the keys when more is shown, so that nothing is drawn twice', () => {
		const texts = [
			entry('2026-11-20T10:00:00'),
			entry('2026-11-21T10:00:00'),
			entry('2026-11-21T10:01:00'),
			entry('2026-11-21T10:02:00', { authorKind: 'system' }),
			entry('2026-11-21T10:02:30', { authorKind: 'system' })
		];
		const all = rowsOf(texts, texts.length).map(({ key }) => key);
		expect(new Set(all).size).toBe(all.length);
		const end = rowsOf(texts, 3);
		expect(end.map(({ key }) => key)).toEqual(all.slice(-3));
		expect(end[0]).toMatchObject({ kind: 'group', entries: [texts[2]] });
		expect(rowsOf(texts, 0)).toEqual([]);
	});
});
