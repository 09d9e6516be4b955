import { describe, it } from 'vitest';
import { checkDelete, checkInsert, checkInsertColumns } from './checks/copies.ts';
import { expectGrid } from './checks/outcome.ts';
import { checkLockedColumns, checkSelect, checkUpdate } from './checks/rows.ts';
import { tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe.each(Object.keys(tables))('%s', (name) => {
	it('shows its rows to whom it should', async () => {
		expectGrid(await checkSelect(context(), name));
	});

	it('is inserted into by whom it should', async () => {
		expectGrid(await checkInsert(context(), name));
		expectGrid(await checkInsertColumns(context(), name));
	});

	it('is updated by whom it should', async () => {
		for (const outcome of await checkUpdate(context(), name)) expectGrid(outcome);
	});

	it('has no other column that anybody may set', async () => {
		expectGrid(await checkLockedColumns(context(), name));
	});

	it('is deleted from by whom it should', async () => {
		expectGrid(await checkDelete(context(), name));
	});
});
