import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../support/stack.ts';
import { breaks } from './breaks.ts';
import { readCatalogue } from './catalogue.ts';
import { createContext, type Context } from './context.ts';
import { createWorld } from './world.ts';

/** Every run proves that the matrix can fail; `npm run test:isolation:breaks` proves all that we thought of. */
const chosen = process.env['MODE'] === 'breaks' ? breaks : breaks.slice(0, 3);

describe('the matrix notices', () => {
	let context: Context;
	let close: () => Promise<void>;

	// A database of its own: what is broken here must not reach other tests.
	beforeAll(async () => {
		const started = await startBackend();
		close = started.close;
		const world = await createWorld(started.backend);
		context = await createContext(world, await readCatalogue(world.sql));
	});

	afterAll(async () => {
		await context.world.close();
		await close();
	});

	it.each(chosen)('$title', async ({ make, content }) => {
		const { sql } = context.world;
		const undo = await make(sql);
		expect(await content(context)).toBe(false);
		await sql.unsafe(undo);
		expect(await content(context)).toBe(true);
	});
});
