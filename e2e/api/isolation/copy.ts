import { randomUUID } from 'node:crypto';
import type { Context, Row, Subject } from './context.ts';

/** A row like that of the place, with a key of its own where it has one. */
export function copyOf({ table, rows, cells }: Subject, place: string): Row {
	const copy: Row = {};
	for (const { name, generated, key, reference, type } of table.columns) {
		if (generated) continue;
		copy[name] = key && !reference && type === 'uuid' ? randomUUID() : rows[place]?.[name];
	}
	return { ...copy, ...cells.copy?.() };
}

/**
 * Runs with a copy of the row. A row whose key is made of references has no second beside it: it is away meanwhile and
 * comes back.
 */
export async function withCopy<Result>(
	context: Context,
	about: Subject,
	place: string,
	run: (copy: Row) => Promise<Result>
): Promise<Result> {
	const copy = copyOf(about, place);
	const original = about.rows[place] ?? {};
	const unique = keyColumns(about).some((column) => copy[column] !== original[column]);
	if (unique) return run(copy);
	await remove(context, about, original);
	try {
		return await run(copy);
	} finally {
		await store(context, about, original);
	}
}

/** Writes the row behind the API, unless it is there. */
export async function store({ world }: Context, { table }: Subject, row: Row): Promise<void> {
	const { sql } = world;
	const columns = table.columns.filter(({ generated }) => !generated).map(({ name }) => name);
	await sql`
		insert into public.${sql(table.name)} (${sql(columns)})
		select ${sql(columns)} from jsonb_populate_record(null::public.${sql(table.name)}, ${json(row)}::text::jsonb)
		on conflict do nothing`;
}

export async function exists({ world }: Context, about: Subject, row: Row): Promise<boolean> {
	const { sql } = world;
	const found = await sql`
		select from public.${sql(about.table.name)} as t
		where to_jsonb(t) @> ${json(keyOf(about, row))}::text::jsonb`;
	return found.length > 0;
}

async function remove({ world }: Context, about: Subject, row: Row): Promise<void> {
	const { sql } = world;
	await sql`
		delete from public.${sql(about.table.name)} as t
		where to_jsonb(t) @> ${json(keyOf(about, row))}::text::jsonb`;
}

function keyOf(about: Subject, row: Row): Row {
	return Object.fromEntries(keyColumns(about).map((column) => [column, row[column]]));
}

function keyColumns({ table }: Subject): string[] {
	return table.columns.filter(({ key }) => key).map(({ name }) => name);
}

// As text: the driver would send an object for jsonb twice encoded.
function json(row: Row): string {
	return JSON.stringify(row);
}
