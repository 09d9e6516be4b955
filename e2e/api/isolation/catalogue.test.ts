import { describe, expect, it } from 'vitest';
import { actorCodes } from './actors.ts';
import { columnsOf } from './checks/rows.ts';
import { schemaRules, unmatched } from './checks/schema.ts';
import { tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe('the matrix', () => {
	it('has cells for every table, view, function and bucket of the API, and no other', () => {
		expect(unmatched(context().catalogue)).toEqual([]);
	});

	it('names columns that exist', () => {
		for (const [name, { columns }] of context().catalogue.tables) {
			const { insert = 'never', update = 'never' } = tables[name] ?? {};
			const named = [insert, update]
				.flatMap((rights) => (rights === 'never' ? [] : rights))
				.flatMap((rights) => columnsOf(rights));
			expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining(named));
		}
	});
});

describe('the schema', () => {
	it.each(Object.entries(schemaRules))('%s', async (_sentence, offenders) => {
		expect(await offenders(context().world.sql)).toEqual([]);
	});
});

describe('the Data API', () => {
	const schemas = ['app', 'private', 'auth', 'storage', 'realtime', 'extensions', 'pg_catalog'];

	it.each(schemas)('does not serve the schema %s to anybody', async (schema) => {
		const { api } = context().world;
		const write = { body: {}, headers: { 'content-profile': schema } };
		const answers = await Promise.all(
			actorCodes.flatMap((actor) => [
				api.ask(actor, 'rest/v1/settings', { headers: { 'accept-profile': schema } }),
				api.ask(actor, 'rest/v1/settings', write),
				api.ask(actor, 'rest/v1/rpc/my_site_ids', write)
			])
		);
		expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toEqual(
			new Set(['406 PGRST106'])
		);
	});
});
