import type postgres from 'postgres';

const rolledBack = new Error('rolled back');

/** Says the messages of a conversation again through the product's triggers and compares what they make of it. */
export async function verify(sql: postgres.Sql, conversations: number): Promise<void> {
	// Those of the demo organisation have rules that answer by the hour of the day.
	const sample = await sql<{ id: string }[]>`
		select id from public.conversations tablesample system (5)
		where site_id in (select id from scale.sites) order by random() limit ${conversations}`;
	if (sample.length === 0) throw new Error('There is nothing to verify.');
	for (const { id } of sample) {
		try {
			await sql.begin(async (transaction) => {
				await verifyOne(transaction, id);
				throw rolledBack;
			});
		} catch (error) {
			if (error !== rolledBack) throw error;
		}
	}
}

async function verifyOne(sql: postgres.TransactionSql, id: string): Promise<void> {
	const loaded = await factsOf(sql, id);
	await sql`create temporary table told on commit drop as select * from public.messages where conversation_id = ${id}`;
	await sql`create temporary table reads on commit drop as select * from public.conversation_reads where conversation_id = ${id}`;
	await sql`delete from public.messages where conversation_id = ${id}`;
	await sql`delete from public.conversation_reads where conversation_id = ${id}`;
	await sql`create temporary table ended on commit drop as select id, closed_at from public.conversations where id = ${id}`;
	await sql`
		update public.conversations set status = 'open', closed_at = null, last_seq = 0, last_message_preview = '',
			waiting_since = null, visitor_message_count = 0, visitor_read_seq = 0, team_read_seq = 0
		where id = ${id}`;
	await sql`
		insert into public.messages (id, conversation_id, author_kind, author_id, author_name, visibility, body, created_at)
		select id, conversation_id, author_kind, author_id, author_name, visibility, body, created_at from told order by seq`;
	await sql`insert into public.conversation_reads select * from reads`;
	await sql`
		update public.conversations as c set status = 'closed', waiting_since = null, closed_at = ended.closed_at
		from ended where c.id = ended.id and ended.closed_at is not null`;
	const made = await factsOf(sql, id);
	if (loaded !== made) {
		throw new Error(`Conversation ${id} is not as the triggers make it:\n${loaded}\n${made}`);
	}
}

/**
 * Everything that triggers write, as text; what only tells when it was written is left out, and who has it: some of
 * those have left the site, and the first word of a visitor frees what they had.
 */
async function factsOf(sql: postgres.TransactionSql, id: string): Promise<string> {
	const [row] = await sql<{ facts: string }[]>`
		select jsonb_pretty(jsonb_build_object(
			'conversation', to_jsonb(c) - '{changed_xid, updated_at, assignee_id}'::text[],
			'messages', (select jsonb_agg(to_jsonb(m) order by m.seq) from public.messages as m where m.conversation_id = c.id),
			'reads', (select jsonb_agg(to_jsonb(r) order by r.reader_id) from public.conversation_reads as r where r.conversation_id = c.id),
			'found by', (
				select jsonb_agg(to_jsonb(e) order by e.id) from private.search_entries as e
				where e.id = any (array(select m.id from public.messages as m where m.conversation_id = c.id) || c.visitor_id)
			),
			'words missing', (
				select count(*) from public.messages as m cross join lateral unnest(app.search_words(m.body)) as word
				where m.conversation_id = c.id and not exists (
					select from private.search_words as w where w.site_id = m.site_id and w.word = word.word
				)
			)
		)) as facts
		from public.conversations as c where c.id = ${id}`;
	return row?.facts ?? '';
}
