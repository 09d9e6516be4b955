import { AppError } from '@chatiq/contracts/errors';
import { describe, expect, it, vi } from 'vitest';
import { Conflict, Draft, type Stored } from './draft.svelte.ts';
import { saveRow } from './save-row.ts';

interface Look {
	color: string;
	texts: { en: string };
}

const look = (color: string, en = ''): Look => ({ color, texts: { en } });

/** A row that others write too, as the database keeps it. */
class Row {
	stored: Stored<Look> = { values: look('blue'), version: '1' };

	write = (values: Look, version = this.stored.version): Promise<Stored<Look> | null> => {
		if (version !== this.stored.version) return Promise.resolve(null);
		this.stored = { values, version: `${Number(version) + 1}` };
		return Promise.resolve(this.stored);
	};

	draft = (validate?: (values: Look) => Record<string, string>): Draft<Look> =>
		new Draft({
			stored: this.stored,
			save: (values, over) =>
				saveRow(values, over, { write: this.write, read: () => Promise.resolve(this.stored) }),
			...(validate ? { validate } : {})
		});
}

describe('a draft', () => {
	it('is dirty as long as it differs from what is stored', () => {
		const draft = new Row().draft();
		draft.values.texts.en = 'Hello';
		expect(draft.dirty).toBe(true);
		draft.values.texts.en = '';
		expect(draft.dirty).toBe(false);
		draft.values.color = 'red';
		draft.discard();
		expect(draft.values.color).toBe('blue');
	});

	it('saves, and takes the save back', async () => {
		const row = new Row();
		const draft = row.draft();
		draft.values.color = 'red';
		const undo = await draft.save();
		expect([row.stored.values.color, draft.dirty]).toEqual(['red', false]);
		expect(await undo?.()).toBe(true);
		expect([row.stored.values.color, draft.values.color]).toEqual(['blue', 'blue']);
	});

	it('names problems only after a try to save, and then at once', async () => {
		const row = new Row();
		const draft = row.draft(({ color }) => (color === '' ? { color: 'Choose a colour' } : {}));
		draft.values.color = '';
		expect(draft.problems).toEqual({});
		expect(await draft.save()).toBeNull();
		expect(draft.problems).toEqual({ color: 'Choose a colour' });
		draft.values.color = 'red';
		expect(draft.problems).toEqual({});
		expect(row.stored.version).toBe('1');
	});

	it('keeps what is typed while it saves', async () => {
		const row = new Row();
		const draft = row.draft();
		draft.values.color = 'red';
		const saving = draft.save();
		draft.values.texts.en = 'Typed on';
		await saving;
		expect([draft.dirty, draft.values]).toEqual([true, look('red', 'Typed on')]);
		expect(row.stored.values).toEqual(look('red'));
	});

	it('keeps the values and says why when it cannot be saved', async () => {
		const save = vi.fn(() => Promise.reject(new AppError('forbidden', 'no')));
		const draft = new Draft<Look>({ stored: { values: look('blue'), version: '1' }, save });
		draft.values.color = 'red';
		expect(await draft.save()).toBeNull();
		expect([draft.failure, draft.values.color, draft.saving]).toEqual(['forbidden', 'red', false]);
	});

	it('does not save twice at once', async () => {
		const row = new Row();
		const draft = row.draft();
		draft.values.color = 'red';
		expect((await Promise.all([draft.save(), draft.save()])).filter(Boolean)).toHaveLength(1);
		expect(row.stored.version).toBe('2');
	});
});

describe('another admin has saved meanwhile', () => {
	it('is no conflict when they saved other columns of the row', async () => {
		const row = new Row();
		const draft = row.draft();
		row.stored = { ...row.stored, version: '7' };
		draft.values.color = 'red';
		expect(await draft.save()).not.toBeNull();
		expect(row.stored).toEqual({ values: look('red'), version: '8' });
	});

	it('asks, and overwrites nothing before', async () => {
		const row = new Row();
		const draft = row.draft();
		await row.write(look('green'));
		draft.values.color = 'red';
		expect(await draft.save()).toBeNull();
		expect([row.stored.values.color, draft.theirs?.values.color]).toEqual(['green', 'green']);
		draft.takeTheirs();
		expect([draft.values.color, draft.dirty, draft.theirs]).toEqual(['green', false, null]);
	});

	it('puts what was changed here over theirs, and leaves the rest', async () => {
		const row = new Row();
		const draft = row.draft();
		await row.write(look('blue', 'Welcome'));
		draft.values.color = 'red';
		await draft.save();
		await draft.keepMine();
		expect([row.stored.values, draft.dirty]).toEqual([look('red', 'Welcome'), false]);
	});

	it('takes a repeat after a lost answer for what it is', async () => {
		const row = new Row();
		const over = row.stored;
		await row.write(look('red'));
		const access = { write: row.write, read: () => Promise.resolve(row.stored) };
		expect(await saveRow(look('red'), over, access)).toEqual(row.stored);
		await expect(saveRow(look('pink'), over, access)).rejects.toBeInstanceOf(Conflict);
		expect(row.stored.version).toBe('2');
	});
});
