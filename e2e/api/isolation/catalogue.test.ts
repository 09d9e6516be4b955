import { topics as topicNames } from '@chatiq/contracts/topics';
import { describe, expect, it } from 'vitest';
import { actorCodes } from './actors.ts';
import { columnsOf } from './checks/rows.ts';
import { differences, schemaRules, unmatched } from './checks/schema.ts';
import { tables, topics } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();

describe('the matrix', () => {
	it('has cells for every table, view, function and bucket of the API, and no other', () => {
		expect(unmatched(context().catalogue)).toEqual([]);
	});

	it('has cells for every topic that the contracts can name, and no other', () => {
		const named = Object.entries(topicNames).map(([name, topic]) =>
			topic({ inbox: '<site_id>', site: '<site_id>', user: '<user_id>' }[name] ?? '<id>')
		);
		expect(differences('topic', Object.keys(topics), named)).toEqual([]);
	});

	it('asks for each topic by the name that the contracts give it', () => {
		const { world } = context();
		const { id, site } = world.threads.ver;
		const user = world.people.own.id;
		const name = (cells: string) =>
			cells.replace('<id>', id).replace('<site_id>', site).replace('<user_id>', user);
		for (const [cells, { topic, listen }] of Object.entries(topics)) {
			expect(topic(world, Object.keys(listen)[0] ?? '')).toBe(name(cells));
		}
	});

	it('names the columns that visitors may read, and no policy can hide', async () => {
		const granted = await context().world.sql<{ table: string; columns: string[] }[]>`
			select relname as table, array_agg(attname order by attname) filter (
				where has_column_privilege('anon', pg_class.oid, attnum, 'select')
			) as columns
			from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
			where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') group by relname`;
		for (const { table, columns } of granted) {
			const expected = tables[table]?.visitorColumns?.split(' ').sort() ?? null;
			expect([table, columns]).toEqual([table, expected]);
		}
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
