import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import { arrayLiteral, openDatabase } from '../open-database.ts';
import { splitStatements } from './split-statements.ts';

export interface ApplyOptions {
	directory: string;
	/** File names in order. */
	names: readonly string[];
	/** As `postgres`. */
	databaseUrl: string;
	/** Told why the rest is left to the command line. */
	log: (line: string) => void;
}

/** The table as the command line makes it. */
const history = `
	create schema if not exists supabase_migrations;
	create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
	alter table supabase_migrations.schema_migrations add column if not exists statements text[];
	alter table supabase_migrations.schema_migrations add column if not exists name text;`;

/**
 * Applies migrations as `supabase db push` does, each in one transaction with its row of history, without
 * the second that the command line takes to start. Stops at a file that is unusual or fails, and leaves it
 * and the rest to that command, which has the last word. Answers whether everything was applied.
 */
export async function applyMigrations(options: ApplyOptions): Promise<boolean> {
	const { directory, names, databaseUrl, log } = options;
	const sql = openDatabase(databaseUrl, {
		max: 1,
		// A commit need not wait for the disk: the stack's note of all of them does, and it comes last.
		connection: { synchronous_commit: 'off' }
	});
	try {
		await sql.begin((transaction) => transaction.unsafe(history).simple());
		const session = await sql.reserve();
		try {
			return await applyInTurn(session, { directory, names, log });
		} finally {
			// Whoever still has it is waited for at the end.
			session.release();
		}
	} finally {
		await sql.end({ timeout: 5 });
	}
}

async function applyInTurn(
	session: postgres.ReservedSql,
	{ directory, names, log }: Omit<ApplyOptions, 'databaseUrl'>
): Promise<boolean> {
	const files: { name: string; problem: Promise<string | null> }[] = [];
	for (const name of names) {
		const statements = await readStatements(directory, name);
		const [before] = files.slice(-1);
		files.push({ name, problem: applyFile(session, { name, before: before?.name, statements }) });
		// One file is on its way to the database while it works on the one before.
		if (!statements || (await before?.problem)) break;
	}
	for (const { name, problem } of files) {
		const failure = await problem;
		if (failure === null) continue;
		log(`${name} is left to the Supabase command line: ${failure}`);
		return false;
	}
	return true;
}

/** Null for a file that is not applied here. */
async function readStatements(directory: string, name: string): Promise<string[] | null> {
	return splitStatements(await readFile(join(directory, name), 'utf8'));
}

/** The extended protocol, as the command line speaks it: it refuses text that is more than one statement. */
const oneStatement: postgres.UnsafeQueryOptions & { simple: boolean } = { simple: false };

interface File {
	name: string;
	/** The one that has to be there: if it failed, so does this one. */
	before: string | undefined;
	statements: string[] | null;
}

/** Null, or why the database is as it was before. */
async function applyFile(
	session: postgres.ReservedSql,
	{ name, before, statements }: File
): Promise<string | null> {
	if (!statements) return 'it has statements that need more than a transaction';
	const { version, title } = parseName(name);
	// All of it is sent at once: after a failure the rest is refused, and the end becomes a rollback.
	const answers = await Promise.allSettled([
		// What the file before has set for its session must not reach this one.
		session.unsafe('reset all'),
		session.unsafe('begin'),
		...(before === undefined ? [] : [requireVersion(session, parseName(before).version)]),
		...statements.map((text) => session.unsafe(text, [], oneStatement)),
		session`
			insert into supabase_migrations.schema_migrations (version, name, statements)
			values (${version}, ${title}, ${arrayLiteral(statements)})`,
		session.unsafe('commit')
	]);
	const failure = answers.find((answer) => answer.status === 'rejected');
	return failure === undefined ? null : messageOf(failure.reason);
}

function requireVersion(session: postgres.ReservedSql, version: string) {
	return session`
		select 1 / count(*) from supabase_migrations.schema_migrations where version = ${version}`;
}

function parseName(name: string): { version: string; title: string } {
	const [, version = '', title = ''] = /^(\d+)_(.*)\.sql$/.exec(name) ?? [];
	return { version, title };
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
