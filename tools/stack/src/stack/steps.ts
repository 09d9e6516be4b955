import { readFile } from 'node:fs/promises';
import type postgres from 'postgres';

/** What the stack remembers about this database, away from the product's schemas. */
export async function installSteps(sql: postgres.Sql): Promise<void> {
	await sql.begin((transaction) =>
		transaction
			.unsafe(
				`
				create schema if not exists _stack;
				create table if not exists _stack.steps (
					name text primary key,
					hash text not null default '',
					done_at timestamptz not null default now()
				);
				revoke all on schema _stack from public;
				grant usage on schema _stack to postgres;
				grant select, insert on _stack.steps to postgres;
				`
			)
			.simple()
	);
}

export async function stepHash(sql: postgres.Sql, name: string): Promise<string | null> {
	const [row] = await sql<{ hash: string }[]>`select hash from _stack.steps where name = ${name}`;
	return row?.hash ?? null;
}

/** Runs an SQL file unless it ran before; the file and its mark are one transaction. Answers whether it ran now. */
export async function runFileOnce(
	sql: postgres.Sql,
	name: string,
	file: URL | string
): Promise<boolean> {
	const script = await readFile(file, 'utf8');
	return sql.begin(async (transaction) => {
		const [mark] = await transaction<{ xid: string }[]>`
			insert into _stack.steps (name) values (${name})
			on conflict do nothing returning pg_current_xact_id()::text as xid`;
		if (!mark) return false;
		await transaction.unsafe(script).simple();
		const [end] = await transaction<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
		if (end?.xid !== mark.xid)
			throw new Error(`${String(file)} must not begin or end transactions: it runs inside of one`);
		return true;
	});
}
