import type postgres from 'postgres';

export interface StoredMessage {
	conversation_id: string;
	visitor: string;
	seq: number;
	body: string;
	author_kind: 'visitor' | 'operator' | 'system';
	author_id: string;
	visibility: 'public' | 'team';
	redacted: boolean;
	reactions: Record<string, string[]>;
}

/** What Postgres holds of these sites, by conversation in the order of `seq`. */
export async function storedMessages(
	sql: postgres.Sql,
	siteIds: readonly string[]
): Promise<Map<string, StoredMessage[]>> {
	const rows = await sql<StoredMessage[]>`
		select m.conversation_id, v.page_title as visitor, m.seq, m.body, m.author_kind, m.author_id, m.visibility,
			m.redacted_at is not null as redacted, m.reactions
		from public.messages as m
		join public.conversations as c on c.id = m.conversation_id
		join public.visitors as v on v.id = c.visitor_id
		where m.site_id = any (${siteIds})
		order by m.conversation_id, m.seq`;
	return Map.groupBy(rows, (row) => row.conversation_id);
}

/** How many messages were created before the one that has the `seq` below theirs. */
export async function outOfOrder(sql: postgres.Sql, siteIds: readonly string[]): Promise<number> {
	const [row] = await sql<{ count: number }[]>`
		select count(*)::integer as count
		from (
			select created_at < lag(created_at) over (partition by conversation_id order by seq) as late
			from public.messages where site_id = any (${siteIds})
		) as m
		where late`;
	return row?.count ?? -1;
}

export interface Unread {
	id: string;
	status: 'open' | 'closed';
	unread: number;
}

/** Unread of one operator by conversation, counted from the messages themselves. */
export async function unreadOf(
	sql: postgres.Sql,
	siteIds: readonly string[],
	operatorId: string
): Promise<Unread[]> {
	return sql<Unread[]>`
		select c.id, c.status, count(m.id) filter (
			where m.author_kind = 'visitor' and m.seq > coalesce(r.last_read_seq, 0)
		)::integer as unread
		from public.conversations as c
		join public.messages as m on m.conversation_id = c.id
		left join public.conversation_reads as r on r.conversation_id = c.id and r.reader_id = ${operatorId}
		where c.site_id = any (${siteIds})
		group by c.id`;
}

/** Unread of the visitors by their name: what the team said and has not taken back. */
export async function unreadOfVisitors(
	sql: postgres.Sql,
	siteIds: readonly string[]
): Promise<Record<string, number>> {
	const rows = await sql<{ name: string; unread: number }[]>`
		select v.page_title as name, count(m.id) filter (
			where m.author_kind in ('operator', 'bot') and m.redacted_at is null
				and m.visibility = 'public' and m.seq > c.visitor_read_seq
		)::integer as unread
		from public.conversations as c
		join public.visitors as v on v.id = c.visitor_id
		join public.messages as m on m.conversation_id = c.id
		where c.site_id = any (${siteIds})
		group by v.page_title`;
	return Object.fromEntries(rows.map(({ name, unread }) => [name, unread]));
}
