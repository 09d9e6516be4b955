import { describe, it } from 'vitest';
import { checkFunction } from './checks/functions.ts';
import { expectGrid } from './checks/outcome.ts';
import { functions } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe('functions', () => {
	it.each(Object.keys(functions))('%s answers whom it should', async (name) => {
		expectGrid(await checkFunction(context(), name));
	});
});
