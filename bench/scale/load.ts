import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { dropIndexes, makeIndexes } from './indexes.ts';
import { openDatabase, type Form } from './place.ts';
import { duration, Progress } from './progress.ts';
import { loadTenants } from './tenants.ts';
import { verify } from './verify.ts';

const workers = 2;

export interface LoadOptions {
	directory: string;
	form: Form;
	/** Begins with empty data. */
	reset?: boolean;
	say: (line: string) => void;
}

/** Fills a database; a run that was interrupted goes on where it was. Answers whether there was anything to do. */
export async function load({ directory, form, reset, say }: LoadOptions): Promise<boolean> {
	if (reset) await rm(directory, { recursive: true, force: true });
	const startedAt = performance.now();
	const database = await openDatabase({ directory, form, durable: false });
	// Triggers stay off in every session of the loader.
	const sql = postgres(database.url, {
		max: workers,
		onnotice: () => undefined,
		connection: { session_replication_role: 'replica' }
	});
	const checked = postgres(database.url, { max: 1, onnotice: () => undefined });
	try {
		if (await isDone(sql, 'verified')) return false;
		await begin(sql, form, say);
		await loadChunks(sql, form, say);
		await makeIndexes(sql, say);
		await sql`select app.refresh_site_access(id) from public.organizations`;
		say('vacuum');
		await sql`vacuum (analyze)`;
		await verify(checked, 40);
		await sql`insert into scale.steps (name) values ('verified')`;
		say(
			`triggers would have made the same of 40 conversations; ${duration(performance.now() - startedAt)} in all`
		);
		return true;
	} finally {
		await Promise.all([sql.end(), checked.end()]);
		await database.stop();
	}
}

async function isDone(sql: postgres.Sql, step: string): Promise<boolean> {
	const [there] = await sql`select to_regclass('scale.steps') is not null as there`;
	if (there?.['there'] !== true) return false;
	return (await sql`select from scale.steps where name = ${step}`).length > 0;
}

async function begin(sql: postgres.Sql, form: Form, say: (line: string) => void): Promise<void> {
	if (await isDone(sql, 'begun')) {
		const [row] = await sql<
			{ value: string }[]
		>`select value from scale.steps where name = 'begun'`;
		if (row?.value !== JSON.stringify(form))
			throw new Error('This directory holds another form; begin anew with --reset.');
		return;
	}
	say('organisations, sites, people');
	await sql.begin(async (transaction) => {
		const script = await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8');
		await transaction.unsafe(script).simple();
		await loadTenants(transaction, form);
		await dropIndexes(transaction);
		await transaction`insert into scale.steps (name, value) values ('begun', ${JSON.stringify(form)})`;
		await transaction`insert into scale.steps (name, value) values ('until', now()::text)`;
	});
	await sql`analyze scale.pieces, scale.sites, scale.operators`;
}

async function loadChunks(
	sql: postgres.Sql,
	form: Form,
	say: (line: string) => void
): Promise<void> {
	const { conversations, chunk, organizations } = form;
	const progress = new Progress(conversations, say);
	const [until] = await sql<
		{ value: string }[]
	>`select value from scale.steps where name = 'until'`;
	const done = new Set(
		(await sql<{ number: number }[]>`select number from scale.chunks`).map(({ number }) => number)
	);
	progress.advance(done.size * chunk, true);
	const left = Array.from({ length: conversations / chunk }, (_, i) => i).filter(
		(i) => !done.has(i)
	);
	await Promise.all(
		Array.from({ length: workers }, async () => {
			for (let number = left.shift(); number !== undefined; number = left.shift()) {
				await sql`call scale.load_chunk(
					${number}, ${number * chunk}, ${chunk}, ${conversations}, ${organizations}, ${until?.value ?? ''}
				)`;
				progress.advance(chunk);
			}
		})
	);
}
