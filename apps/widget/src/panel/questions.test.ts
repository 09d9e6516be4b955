import type { FormField, GivenAnswers } from '@chatiq/contracts/forms';
import type { PublicSite } from '@chatiq/contracts/site';
import { expect, it } from 'vitest';
import type { ChatView } from '../core/chat-view.ts';
import type { KeyValue } from '../core/key-value.ts';
import { Questions } from './questions.svelte.ts';

const none = { en: '', uk: '' };
const field = (key: string, kind: FormField['kind'], required = false): FormField => ({
	...{ key, kind, required, label: none, placeholder: none, options: [], url: '' }
});
const away = { open: false, online: false, reopens_at: null, reply_time: null };

function store(): KeyValue {
	const values = new Map<string, string>();
	return {
		get: (key) => values.get(key) ?? null,
		set: (key, value) => (value === null ? values.delete(key) : values.set(key, value))
	};
}

function setup(
	fields: FormField[],
	{ storage = store(), isAway = false, email = 'optional' } = {}
) {
	const state = { view: { conversation: null, restoring: false, entries: [] } as object };
	const retried: string[] = [];
	const settings = {
		pre_chat: { enabled: true, intro: none, fields },
		offline_form: { enabled: true, email, text: none }
	};
	const questions = new Questions({
		...{ storage, tab: store(), key: 'form' },
		site: () => ({ settings, ...(isAway && { status: away }) }) as unknown as PublicSite,
		view: () => state.view as ChatView,
		retry: (id) => retried.push(id),
		onstale: () => retried.push('stale')
	});
	return { questions, retried, state, storage };
}

const keys = (questions: Questions) =>
	questions.asked.map(({ key, required }) => `${key}${required ? '!' : ''}`);

it('asks for the form, and while nobody is there for an address as well', () => {
	expect(keys(setup([field('name', 'name', true)]).questions)).toEqual(['name!']);
	const { questions } = setup([field('name', 'name')], { isAway: true, email: 'required' });
	expect(keys(questions)).toEqual(['name', 'email!']);
	const own = setup([field('email', 'email'), field('x', 'text')], {
		isAway: true,
		email: 'required'
	});
	expect(keys(own.questions)).toEqual(['email!', 'x']);
});

it('lets nobody pass without what is required, not even before its form has come', () => {
	expect(setup([field('name', 'name', true)]).questions.pass()).toBe(false);
	expect(setup([field('name', 'name')]).questions.pass()).toBe(true);
});

it('keeps answers for whichever page sends the first message, and asks no more', () => {
	const { questions, storage } = setup([field('name', 'name', true)]);
	questions.draft = { name: 'Iry' };
	questions.answer({ name: 'Iryna' });
	const next = setup([field('name', 'name', true)], { storage });
	expect(keys(next.questions)).toEqual([]);
	expect(next.questions.answers).toEqual({ name: 'Iryna' } satisfies GivenAnswers);
	next.state.view = { conversation: { id: 'c' }, restoring: false, entries: [] };
	next.questions.follow();
	expect(next.questions.answers).toBeNull();
	expect(storage.get('form')).toBe('asked');
});

it('comes back with what was filled in when the server wants more, and then sends what waited', () => {
	const { questions, retried, state } = setup([field('name', 'name')]);
	questions.answer({ name: 'Iryna' });
	const refused = { id: 'm', refused: 'form_incomplete' };
	state.view = { conversation: null, restoring: false, entries: [refused] };
	questions.follow();
	questions.follow();
	expect(retried).toEqual(['stale']);
	expect(keys(questions)).toEqual(['name']);
	expect(questions.draft).toEqual({ name: 'Iryna' });
	questions.answer({ name: 'Iryna', topic: 'order' });
	expect(retried).toEqual(['stale', 'm']);
	expect(questions.answers).toEqual({ name: 'Iryna', topic: 'order' });
});

it.each(['{', '[1]', '"x"', '{"name":1}'])('survives %s in the storage', (text) => {
	const storage = store();
	storage.set('form', text);
	expect(setup([], { storage }).questions.answers ?? {}).not.toHaveProperty('name');
});
