import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { createContext, type Context } from './context.ts';
import { createWorld } from './world.ts';

/** A world for the tests of one file, there once they run. */
export function setUp(): () => Context {
	let context: Context | undefined;
	beforeAll(async () => {
		const world = await createWorld(inject('backend'));
		context = await createContext(world, await readCatalogue(world.sql));
	});
	// Whatever a test asked for, and whatever it looked at in the answers.
	afterEach(() => expect(context?.world.api.leaks.splice(0)).toEqual([]));
	afterAll(() => context?.world.close());
	return () => {
		if (!context) throw new Error('the world is made before the first test');
		return context;
	};
}
