import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { checkDelete, checkInsert, checkInsertColumns } from './checks/copies.ts';
import { checkFunction } from './checks/functions.ts';
import { expectGrid } from './checks/outcome.ts';
import { checkLockedColumns, checkSelect, checkUpdate } from './checks/rows.ts';
import { createContext, type Context } from './context.ts';
import { functions, tables } from './matrix.ts';
import { createWorld } from './world.ts';

let context: Context;

beforeAll(async () => {
	const world = await createWorld(inject('backend'));
	context = await createContext(world, await readCatalogue(world.sql));
});

afterAll(() => context.world.close());

describe('the catalogue', () => {
	it('has cells for every table and view of the API, and no other', () => {
		expect(Object.keys(tables).sort()).toEqual(context.catalogue.relations);
	});

	it('has cells for every function of the API, and no other', () => {
		expect(Object.keys(functions).sort()).toEqual(context.catalogue.functions);
	});
});

describe.each(Object.keys(tables))('%s', (name) => {
	it('shows its rows to whom it should', async () => {
		expectGrid(await checkSelect(context, name));
	});

	it('is inserted into by whom it should', async () => {
		expectGrid(await checkInsert(context, name));
		expectGrid(await checkInsertColumns(context, name));
	});

	it('is updated by whom it should', async () => {
		for (const outcome of await checkUpdate(context, name)) expectGrid(outcome);
	});

	it('has no other column that anybody may set', async () => {
		expectGrid(await checkLockedColumns(context, name));
	});

	it('is deleted from by whom it should', async () => {
		expectGrid(await checkDelete(context, name));
	});
});

describe('functions', () => {
	it.each(Object.keys(functions))('%s answers whom it should', async (name) => {
		expectGrid(await checkFunction(context, name));
	});
});
