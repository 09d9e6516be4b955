import type { FormField } from '@chatiq/contracts/forms';
import { expect, it } from 'vitest';
import type { Behaviour } from './columns.ts';
import { addableKinds, behaviourProblems, mostFields, newField, newOption } from './forms.ts';
import { moved } from '#lib/lists/moved.ts';

const behaviour = (fields: FormField[], url = ''): Behaviour => ({
	pre_chat: { enabled: true, intro: { en: '', uk: '' }, fields },
	offline_form: { enabled: true, email: 'optional', text: { en: '', uk: '' } },
	rating: { enabled: true, scale: 'faces', comment: true },
	transcript: { download: true, email: true },
	consent: { text: { en: '', uk: '' }, url },
	file_kinds: ['image'],
	sounds: true
});

it('gives each field a key of its own, and asks for a name once', () => {
	const fields: FormField[] = [];
	for (const kind of ['name', 'text', 'text', 'select'] as const)
		fields.push(newField(kind, fields));
	expect(fields.map(({ key }) => key)).toEqual(['name', 'text_1', 'text_2', 'select_1']);
	expect(fields.every(({ key }) => /^[a-z][a-z0-9_]{0,39}$/.test(key))).toBe(true);
	expect(addableKinds(fields)).not.toContain('name');
	expect(addableKinds(fields)).toContain('text');
	expect(addableKinds(Array.from({ length: mostFields }, () => newField('text', [])))).toEqual([]);
});

it('names what is missing, at the field', () => {
	const select = newField('select', []);
	const consent = { ...newField('consent', []), url: 'javascript:alert(1)' };
	expect(Object.keys(behaviourProblems(behaviour([select, consent], 'here')))).toEqual([
		'fields.0.label',
		'fields.0.options.0',
		'fields.1.label',
		'fields.1.url',
		'consent'
	]);
	expect(behaviourProblems(behaviour([newField('email', [])], 'https://a.example'))).toEqual({});
});

it('makes choices with values of their own', () => {
	const options = [newOption([])];
	options.push(newOption(options));
	expect(options.map(({ value }) => value)).toEqual(['option_1', 'option_2']);
	expect(newOption(options.slice(1)).value).toBe('option_3');
});

it('moves an item, and nothing out of the list', () => {
	expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
	expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
	expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
});
