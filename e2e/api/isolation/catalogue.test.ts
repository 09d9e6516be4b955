import { describe, expect, it } from 'vitest';
import { actorCodes } from './actors.ts';
import { buckets, functions, tables } from './matrix.ts';
import { setUp } from './set-up.ts';

const context = setUp();
const ours = ['public', 'app', 'private'];

describe('the matrix', () => {
	it('has cells for every table and view of the API, and no other', () => {
		expect(Object.keys(tables).sort()).toEqual(context().catalogue.relations);
	});

	it('has cells for every function of the API, and no other', () => {
		expect(Object.keys(functions).sort()).toEqual(context().catalogue.functions);
	});

	it('has cells for every bucket, and no other', () => {
		const expected = Object.entries(buckets).map(([id, about]) => ({ id, public: about.public }));
		expect(context().catalogue.buckets).toEqual(expected);
	});

	it('names every column that is open to writes, and no other', () => {
		for (const [name, { columns }] of context().catalogue.tables) {
			const { insert = 'never', update = 'never' } = tables[name] ?? {};
			const named = [insert, update]
				.flatMap((rights) => (rights === 'never' ? [] : rights))
				.flatMap((rights) => rights.columns.split(' '));
			expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining(named));
		}
	});
});

describe('the schema', () => {
	it('has row-level security on every table, also on those no client reaches', async () => {
		const open = await context().world.sql`
			select oid::regclass::text as name from pg_class
			where relnamespace::regnamespace::text = any (${ours})
				and relkind in ('r', 'p') and not relrowsecurity`;
		expect([...open]).toEqual([]);
	});

	it('has policies that say for whom, one per command', async () => {
		const loose = await context().world.sql`
			select tablename, policyname from pg_policies
			where schemaname in ('public', 'realtime', 'storage') and (roles = '{public}' or cmd = 'ALL')`;
		expect([...loose]).toEqual([]);
	});

	it('pins the search path of every function', async () => {
		const loose = await context().world.sql`
			select oid::regprocedure::text as name from pg_proc
			where pronamespace::regnamespace::text = any (${ours})
				and not coalesce(proconfig @> array['search_path=""'], false)`;
		expect([...loose]).toEqual([]);
	});

	it('has views that obey the rights of whoever reads them', async () => {
		const definer = await context().world.sql`
			select oid::regclass::text as name from pg_class
			where relnamespace::regnamespace::text = any (${ours}) and relkind in ('v', 'm')
				and not coalesce(reloptions @> array['security_invoker=true'], false)`;
		expect([...definer]).toEqual([]);
	});

	it('gives clients nothing in private', async () => {
		const reachable = await context().world.sql`
			select nspname from pg_namespace, unnest(array['anon', 'authenticated', 'service_role']) as role
			where nspname = 'private' and has_schema_privilege(role, oid, 'usage')`;
		expect([...reachable]).toEqual([]);
	});
});

describe('the Data API', () => {
	const schemas = ['app', 'private', 'auth', 'storage', 'realtime', 'extensions', 'pg_catalog'];

	it.each(schemas)('does not serve the schema %s to anybody', async (schema) => {
		const { api } = context().world;
		const asked = actorCodes.flatMap((actor) => [
			api.ask(actor, 'rest/v1/settings', { headers: { 'accept-profile': schema } }),
			api.ask(actor, 'rest/v1/settings', {
				body: {},
				headers: { 'content-profile': schema }
			}),
			api.ask(actor, 'rest/v1/rpc/my_site_ids', {
				body: {},
				headers: { 'content-profile': schema }
			})
		]);
		const answers = await Promise.all(asked);
		expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toEqual(
			new Set(['406 PGRST106'])
		);
	});
});
