import { cpSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installNet } from '../src/net.ts';
import { installRealtime } from '../src/realtime/install.ts';
import { applyMigrations } from '../src/stack/apply-migrations.ts';
import { handOverHistory, migrate, readMigrations } from '../src/stack/migrate.ts';
import { installSteps } from '../src/stack/steps.ts';
import { withDatabase } from '../src/with-database.ts';
import { supabasePush } from '../src/stack/supabase-push.ts';
import { startBackend, type Backend } from './support/backend.ts';
import { createProject, type ProjectFixture } from './support/project-fixture.ts';
import { schemaLines } from './support/schema-lines.ts';

const product = join(import.meta.dirname, '../../../supabase/migrations');

/** Everywhere that a semicolon does not end a statement, and what is lost or kept around statements. */
const tricky = `-- first; comment
create schema tricky;;
/* a /* nested; */ comment; */
create table tricky.t (a text default 'it''s; "fine"', "b;c" int); -- after; it
comment on table tricky.t is E'a\\'; b' ;
create function tricky.f() returns text language plpgsql set search_path = '' as $f$
begin
	return $$;$$ || 'x;';
end $f$;
create rule r as on insert to tricky.t do also (select 1; select 2);
do $$ begin perform 1; end $$;

insert into tricky.t ("b;c") select $q$1$q$::int where 'a$x$;' <> '$x$';
-- the end;
`;

/** What else the stack makes before it migrates. */
async function startEmpty(): Promise<Backend> {
	const backend = await startBackend();
	const url = backend.postgres.url();
	await withDatabase(url, installSteps);
	await installRealtime(url);
	await installNet(url);
	await handOverHistory(backend.sql);
	return backend;
}

const history = (sql: postgres.Sql) => sql<{ version: string }[]>`
	select version, name, statements from supabase_migrations.schema_migrations order by version`;

let project: ProjectFixture;
const backends: Backend[] = [];
afterAll(() => Promise.all(backends.map((backend) => backend.stop())));

describe('applying in our own process', () => {
	beforeAll(async () => {
		backends.push(...(await Promise.all([startEmpty(), startEmpty()])));
		project = createProject({ 'supabase/config.toml': 'project_id = "fixture"' });
		const directory = join(project.root, 'supabase/migrations');
		cpSync(product, directory, { recursive: true });
		project.write('supabase/migrations/99990101000000_tricky.sql', tricky);
		const names = readMigrations(directory).map(({ name }) => name);
		const [ours, theirs] = backends.map(({ postgres }) => postgres.url('postgres'));
		if (ours === undefined || theirs === undefined) throw new Error('two databases are needed');
		const left: string[] = [];
		const log = (line: string) => void left.push(line);
		const [all] = await Promise.all([
			applyMigrations({ directory, names, databaseUrl: ours, log }),
			supabasePush(project.root, theirs)
		]);
		// Nothing of the product needs the command line: its start would be the longest part of ours.
		expect([all, left]).toEqual([true, []]);
	}, 120_000);
	afterAll(() => project.remove());

	it('leaves the history that supabase db push leaves, to the letter', async () => {
		const [ours, theirs] = await Promise.all(backends.map(({ sql }) => history(sql)));
		expect(theirs?.length).toBeGreaterThan(50);
		expect(ours).toEqual([...(theirs ?? [])]);
	});

	it('leaves the same schema', async () => {
		const [ours, theirs] = await Promise.all(backends.map(({ sql }) => schemaLines(sql)));
		expect(theirs?.length).toBeGreaterThan(2_000);
		expect(ours).toEqual(theirs);
	});

	it('is gone on with by the command line', async () => {
		project.write('supabase/migrations/99990201000000_later.sql', 'create table tricky.later ();');
		for (const { sql, postgres } of backends.slice(0, 1)) {
			await supabasePush(project.root, postgres.url('postgres'));
			expect(await sql`select from tricky.later`).toEqual([]);
			expect((await history(sql)).at(-1)?.version).toBe('99990201000000');
		}
	});
});

describe('what needs more than a transaction', () => {
	let backend: Backend;
	const log: string[] = [];
	beforeAll(async () => {
		backend = await startEmpty();
		backends.push(backend);
	});
	afterEach(() => project.remove());

	const run = async (files: Record<string, string>) => {
		log.length = 0;
		project = createProject({ 'supabase/config.toml': 'project_id = "fixture"' });
		for (const [name, text] of Object.entries(files))
			project.write(`supabase/migrations/${name}.sql`, text);
		await backend.sql`drop table if exists supabase_migrations.schema_migrations`;
		await backend.sql`delete from _stack.steps`;
		await migrate({
			...{ root: project.root, sql: backend.sql, databaseUrl: backend.postgres.url('postgres') },
			log: (line) => log.push(line)
		});
		return (await history(backend.sql)).map(({ version }) => version);
	};

	it('is left to the command line with what follows it', async () => {
		const versions = await run({
			'1_table': 'create table public.a (x int);',
			'2_index': 'create index concurrently on public.a (x);',
			'3_more': 'create table public.b ();'
		});
		expect(versions).toEqual(['1', '2', '3']);
		expect(log).toEqual([expect.stringContaining('2_index.sql is left to the Supabase command')]);
	});

	it('or what the command line refuses too', async () => {
		const failure = run({
			'1_fine': 'create table public.fine ();',
			'2_beyond': `create table public.beyond (); alter role postgres superuser;`
		});
		await expect(failure).rejects.toThrow('The migration 2_beyond.sql failed');
		expect((await history(backend.sql)).map(({ version }) => version)).toEqual(['1']);
		expect(await backend.sql`select to_regclass('public.beyond') as there`).toEqual([
			{ there: null }
		]);
	});

	it('a setting of one file does not reach the next', async () => {
		await run({
			'1_set': `select set_config('search_path', 'pg_catalog', false);
				select set_config('app.x', 'left over', false);`,
			'2_use': `create table found as
				select current_setting('app.x', true) as x, current_setting('search_path') as path;`
		});
		const [found] = await backend.sql<{ x: string; path: string }[]>`select * from public.found`;
		expect(found?.x).not.toBe('left over');
		expect(found?.path).toContain('public');
	});
});
