import { expect, it } from 'vitest';
import type { Message } from '@chatiq/contracts/message';
import { FakeBackend, me } from '../fake-api.ts';
import { Drafts } from './drafts.ts';
import { Writing } from './writing.svelte.ts';

function memory() {
	const kept = new Map<string, string>();
	return {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
		removeItem: (key: string) => void kept.delete(key)
	};
}

function setup() {
	const storage = memory();
	const conversation = { id: 'a', editing: null as Message | null };
	const drafts = new Drafts(() => storage, me);
	/** As a page that comes later does, or one that is open beside. */
	const open = () => new Writing('a', conversation, new Drafts(() => storage, me));
	const writing = new Writing('a', conversation, drafts);
	return { conversation, open, writing, leave: () => drafts.flush() };
}

it('keeps an answer and a note apart, through a reload', () => {
	const { writing, open, leave } = setup();
	writing.write('an answer');
	writing.turn('note');
	expect(writing.text).toBe('');
	writing.write('a note');
	leave();
	const later = open();
	expect(later.mode).toBe('reply');
	expect(later.text).toBe('an answer');
	later.turn('note');
	expect(later.text).toBe('a note');
});

it('hands over what is sent and begins anew; the buttons stay with the answer', () => {
	const { writing, open } = setup();
	writing.write('an answer');
	writing.quick = ['Yes'];
	writing.turn('note');
	writing.write('a note');
	expect(writing.take()).toEqual({ body: 'a note', quick: [] });
	writing.turn('reply');
	expect(writing.take()).toEqual({ body: 'an answer', quick: ['Yes'] });
	expect(writing.quick).toEqual([]);
	expect(open().text).toBe('');
});

it('writes a message anew and comes back to the draft', () => {
	const { writing, conversation, open } = setup();
	const message = new FakeBackend().write('a', 'said', { by: me });
	writing.write('a draft');
	conversation.editing = { ...message, visibility: 'team' };
	expect(writing.mode).toBe('note');
	expect(writing.text).toBe('said');
	writing.write('said better');
	expect(writing.text).toBe('said better');
	expect(open().text).toBe('said');
	writing.stopEditing();
	expect([writing.mode, writing.text]).toEqual(['reply', 'a draft']);
	conversation.editing = message;
	expect(writing.text).toBe('said');
});

it('does not send what nobody should read', () => {
	const { writing } = setup();
	expect(writing.sendable(0)).toBe(false);
	expect(writing.sendable(1)).toBe(true);
	writing.write('Hello {{visitor_name}}');
	expect(writing.gaps).toEqual(['visitor_name']);
	expect(writing.sendable(0)).toBe(false);
	writing.write('😀'.repeat(4000));
	expect(writing.sendable(0)).toBe(true);
	writing.write('😀'.repeat(4001));
	expect([writing.left, writing.sendable(0)]).toEqual([-1, false]);
});

it('takes a text back above what is being written', () => {
	const { writing } = setup();
	writing.turn('note');
	writing.write('new');
	writing.restore('old', 'note');
	expect(writing.text).toBe('old\n\nnew');
});

it('takes what another device wrote, and answers what stood here and is in none of it', () => {
	const { writing } = setup();
	expect(writing.adopt({ reply: 'begun elsewhere' })).toBeNull();
	expect(writing.adopt({ reply: 'begun elsewhere, and gone on' })).toBeNull();
	expect(writing.adopt({ reply: 'something else' })).toEqual({
		...{ mode: 'reply', text: 'begun elsewhere, and gone on' }
	});
	expect(writing.text).toBe('something else');
	// Sent there.
	expect(writing.adopt({ reply: '' })).toBeNull();
});
