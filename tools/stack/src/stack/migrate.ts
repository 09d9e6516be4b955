import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type postgres from 'postgres';
import { applyMigrations } from './apply-migrations.ts';
import { stepHash } from './steps.ts';
import { supabasePush } from './supabase-push.ts';
import type { Upgrade } from './upgrade.ts';

export interface Migration {
	version: string;
	name: string;
	hash: string;
}

export interface MigrateOptions {
	root: string;
	/** As the superuser, for the stack's own notes. */
	sql: postgres.Sql;
	/** As `postgres`, which is no superuser here or on a hosted project. */
	databaseUrl: string;
	log: (line: string) => void;
	/** Told before data that is in use gets new migrations. */
	upgrade?: Upgrade;
}

/** Brings the database to the state of `supabase/migrations`. Answers whether anything was applied. */
export async function migrate(options: MigrateOptions): Promise<boolean> {
	const { root, sql, databaseUrl, log, upgrade } = options;
	const directory = join(root, 'supabase/migrations');
	const migrations = readMigrations(directory);
	const folderHash = sha256(migrations.map(({ name, hash }) => `${name} ${hash}`).join('\n'));
	const applied = await appliedVersions(sql);
	if (
		(await stepHash(sql, 'migrations')) === folderHash &&
		applied.join() === migrations.map(({ version }) => version).join()
	)
		return false;
	refuseNewer(migrations, applied);
	const pending = migrations.filter(({ version }) => !applied.includes(version));
	if (applied.length > 0 && pending.length > 0)
		await upgrade?.begin(
			sql,
			pending.map(({ name }) => name)
		);
	if (pending.length > 0) {
		await handOverHistory(sql);
		const names = pending.map(({ name }) => name);
		const all = await applyMigrations({ directory, names, databaseUrl, log });
		if (!all) await supabasePush(root, databaseUrl);
	}
	await warnAboutEdits(sql, migrations, new Set(applied), log);
	await remember(sql, migrations, folderHash);
	await upgrade?.finish();
	return true;
}

/** Older code on newer data would fail in ways that nobody foresaw. */
function refuseNewer(migrations: Migration[], applied: string[]): void {
	const known = new Set(migrations.map(({ version }) => version));
	const unknown = applied.filter((version) => !known.has(version));
	if (unknown.length > 0)
		throw new Error(
			`This data was used by a newer version of ChatIQ: it has the migrations ${unknown.join(', ')}, ` +
				'which are not in supabase/migrations.\nUpdate this checkout, or restore a backup from before: ' +
				'npm run restore -- FILE. If migrations were renamed or removed on purpose, start over with: ' +
				'npm start -- --reset'
		);
}

export function readMigrations(directory: string): Migration[] {
	if (!existsSync(directory)) return [];
	return readdirSync(directory)
		.filter((name) => /^\d+_.*\.sql$/.test(name))
		.sort()
		.map((name) => ({
			version: name.split('_')[0] ?? '',
			name,
			hash: sha256(readFileSync(join(directory, name)))
		}));
}

export async function appliedVersions(sql: postgres.Sql): Promise<string[]> {
	const [history] = await sql`
		select to_regclass('supabase_migrations.schema_migrations') is not null as there`;
	if (history?.['there'] !== true) return [];
	const rows = await sql<{ version: string }[]>`
		select version from supabase_migrations.schema_migrations order by version`;
	return rows.map(({ version }) => version);
}

/** @supabase/lite makes the same tables for a command line of its own, and makes them the superuser's. */
export async function handOverHistory(sql: postgres.Sql): Promise<void> {
	await sql.unsafe(`
		do $$
		declare
			history record;
		begin
			for history in
				select oid::regclass as name from pg_catalog.pg_class
				where relnamespace = 'supabase_migrations'::regnamespace and relkind = 'r'
			loop
				execute format('alter table %s owner to postgres', history.name);
			end loop;
		end
		$$`);
}

/** The command compares versions, not contents: an edited migration is silently not applied. */
async function warnAboutEdits(
	sql: postgres.Sql,
	migrations: Migration[],
	applied: Set<string>,
	log: (line: string) => void
): Promise<void> {
	const rows = await sql<{ name: string; hash: string }[]>`
		select name, hash from _stack.steps where name like 'migration %'`;
	const hashes = new Map(rows.map(({ name, hash }) => [name, hash]));
	for (const { version, name, hash } of migrations) {
		const before = hashes.get(`migration ${version}`);
		if (applied.has(version) && before !== undefined && before !== hash)
			log(
				`${basename(name)} was edited after it was applied, so the edit has no effect here. ` +
					'Write a new migration, or start over with: npm start -- --reset'
			);
	}
}

async function remember(
	sql: postgres.Sql,
	migrations: Migration[],
	folderHash: string
): Promise<void> {
	const steps = migrations.map(({ version, hash }) => ({ name: `migration ${version}`, hash }));
	await sql.begin(async (transaction) => {
		if (steps.length > 0)
			await transaction`insert into _stack.steps ${transaction(steps)} on conflict do nothing`;
		await transaction`
			insert into _stack.steps (name, hash) values ('migrations', ${folderHash})
			on conflict (name) do update set hash = excluded.hash, done_at = now()`;
	});
}

function sha256(content: string | Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}
