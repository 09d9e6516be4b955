import type postgres from 'postgres';

const loaded = [
	'public.conversations',
	'public.messages',
	'public.visitors',
	'public.conversation_reads',
	'private.search_entries'
];

/** Takes away the indexes that make loading slow: all but primary keys and what foreign keys lean on. */
export async function dropIndexes(sql: postgres.TransactionSql): Promise<void> {
	await sql`
		insert into scale.indexes (name, on_table, drop_with, make_with)
		select
			index.indexrelid::regclass::text, index.indrelid::regclass,
			case when rule.oid is null then format('drop index %s', index.indexrelid::regclass)
				else format('alter table %s drop constraint %I', index.indrelid::regclass, rule.conname) end,
			case when rule.oid is null then pg_get_indexdef(index.indexrelid)
				else format('alter table %s add constraint %I %s',
					index.indrelid::regclass, rule.conname, pg_get_constraintdef(rule.oid)) end
		from pg_index as index
		left join pg_constraint as rule on rule.conindid = index.indexrelid and rule.contype in ('u', 'x')
		where index.indrelid = any (${loaded}::text[]::regclass[]) and not index.indisprimary
			and not exists (select from pg_constraint as key where key.contype = 'f' and key.conindid = index.indexrelid)`;
	for (const { drop_with } of await sql<
		{ drop_with: string }[]
	>`select drop_with from scale.indexes`) {
		await sql.unsafe(drop_with);
	}
}

/** Makes them again, each in a transaction of its own, so that a second run goes on where the first one ended. */
export async function makeIndexes(sql: postgres.Sql, say: (line: string) => void): Promise<void> {
	const left = await sql<{ name: string; make_with: string }[]>`
		select name, make_with from scale.indexes order by name`;
	for (const { name, make_with } of left) {
		say(`index ${name}`);
		await sql.begin(async (transaction) => {
			await transaction.unsafe(make_with);
			await transaction`delete from scale.indexes where name = ${name}`;
		});
	}
}
