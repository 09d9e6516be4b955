import { AppError } from '@chatiq/contracts/errors';
import type { VisitorChanges } from '@chatiq/contracts/visitor';
import { expect, it } from 'vitest';
import type { Visitor } from '../api.ts';
import { ContactEdit } from './contact-edit.svelte.ts';

function setup(known: Partial<Visitor> = {}) {
	let visitor = {
		name: 'Ann',
		email: 'ann@kavka.test',
		phone: null,
		note: null,
		...known
	} as Visitor;
	const asked: [VisitorChanges, boolean][] = [];
	const saved: (string | null)[] = [];
	const failed: string[] = [];
	let refusal: AppError | null = null;
	const edit = new ContactEdit({
		visitor: () => visitor,
		change: (changes, overSigned) => {
			asked.push([changes, overSigned]);
			if (refusal) return Promise.reject(refusal);
			visitor = { ...visitor, ...changes };
			return Promise.resolve(visitor);
		},
		onsaved: (_, field, before) => saved.push(field, before),
		onfailed: (code) => failed.push(code)
	});
	const write = (field: 'name' | 'email' | 'phone' | 'note', text: string) => {
		edit.begin(field);
		edit.text = text;
		return edit.save();
	};
	return {
		...{ edit, asked, saved, failed, write },
		refuse: (code: 'signed_value' | 'visitor_not_found' | null) => {
			refusal = code && new AppError(code);
		}
	};
}

it('saves one field without the space around it, and tells what stood there', async () => {
	const { write, edit, asked, saved } = setup();
	expect(await write('name', '  Ann Other ')).toBe(true);
	expect(asked).toEqual([[{ name: 'Ann Other' }, false]]);
	expect(saved).toEqual(['name', 'Ann']);
	expect(edit.field).toBeNull();
});

it('empties a field', async () => {
	const { write, asked } = setup();
	await write('email', ' ');
	expect(asked).toEqual([[{ email: null }, false]]);
});

it('asks nobody when nothing was changed', async () => {
	const { write, asked, edit } = setup();
	expect(await write('name', 'Ann ')).toBe(true);
	expect(asked).toEqual([]);
	expect(edit.field).toBeNull();
});

it.each([
	['email', 'ann at home', 'email'],
	['phone', 'by the river', 'phone'],
	['phone', '12', 'phone'],
	['name', 'n'.repeat(121), 'long'],
	['note', 'n'.repeat(2001), 'long']
] as const)('does not send a %s that is no such thing: %s', async (field, text, problem) => {
	const { write, asked, edit } = setup();
	expect(await write(field, text)).toBe(false);
	expect([edit.problem, edit.field, asked]).toEqual([problem, field, []]);
	edit.typed();
	expect(edit.problem).toBeNull();
});

it('asks before it replaces what the site has said', async () => {
	const { write, edit, asked, refuse, failed } = setup();
	refuse('signed_value');
	expect(await write('email', 'other@kavka.test')).toBe(false);
	expect([edit.asking, edit.field, edit.text]).toEqual([true, 'email', 'other@kavka.test']);
	refuse(null);
	expect(await edit.save(true)).toBe(true);
	expect(asked.at(-1)).toEqual([{ email: 'other@kavka.test' }, true]);
	expect([edit.asking, failed]).toEqual([false, []]);
});

it('keeps what was typed when it cannot be saved', async () => {
	const { write, edit, refuse, failed } = setup();
	refuse('visitor_not_found');
	expect(await write('note', 'Likes oat milk')).toBe(false);
	expect([edit.field, edit.text, failed]).toEqual([
		'note',
		'Likes oat milk',
		['visitor_not_found']
	]);
});
