import type postgres from 'postgres';
import type { Context } from './context.ts';

export type Undo = string;

/** A mistake that somebody could make, and the part of the matrix that must notice it. */
export interface Break {
	title: string;
	/** Makes the mistake and returns the SQL that takes it back. */
	make: (sql: postgres.Sql) => Promise<Undo>;
	/** Whether the matrix is content. */
	content: (context: Context) => Promise<boolean>;
}

export async function both(sql: postgres.Sql, change: string, undo: Undo): Promise<Undo> {
	await sql.unsafe(change);
	return undo;
}

export async function openPolicy(sql: postgres.Sql, table: string, name: string): Promise<Undo> {
	return changePolicy(sql, name, 'true', table);
}

export async function changePolicy(
	sql: postgres.Sql,
	name: string,
	using: string,
	table = 'public.messages'
): Promise<Undo> {
	const [policy] = await sql<{ qual: string }[]>`
		select pg_get_expr(polqual, polrelid) as qual from pg_policy
		where polname = ${name} and polrelid = ${table}::regclass`;
	if (!policy) throw new Error(`no policy "${name}" on ${table}`);
	await sql.unsafe(`alter policy "${name}" on ${table} using (${using})`);
	return `alter policy "${name}" on ${table} using (${policy.qual})`;
}

/** Replaces a piece of a function's body; a piece that is not there any more must be found again by whoever moved it. */
export async function rewrite(
	sql: postgres.Sql,
	name: string,
	piece: string,
	replacement: string
): Promise<Undo> {
	const [found] = await sql<{ source: string }[]>`
		select pg_get_functiondef(${name}::regproc) as source`;
	if (!found?.source.includes(piece)) throw new Error(`${name} has no "${piece}"`);
	await sql.unsafe(found.source.replace(piece, () => replacement));
	return found.source;
}
