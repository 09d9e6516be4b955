import { afterEach, beforeAll, expect, inject } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { createContext, type Context } from './context.ts';
import { createWorld } from './world.ts';

// One for all files: the tests of this project share their modules (vitest.config.ts), and all but the breaks leave
// the world as they found it.
let shared: Promise<Context> | undefined;

/** The world, there once the tests of a file run. */
export function setUp(): () => Context {
	let context: Context | undefined;
	beforeAll(async () => {
		shared ??= open();
		context = await shared;
	});
	// Whatever a test asked for, and whatever it looked at in the answers.
	afterEach(() => expect(context?.world.api.leaks.splice(0)).toEqual([]));
	return () => {
		if (!context) throw new Error('the world is made before the first test');
		return context;
	};
}

async function open(): Promise<Context> {
	const world = await createWorld(inject('backend'));
	return createContext(world, await readCatalogue(world.sql));
}
