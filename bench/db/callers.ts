import type postgres from 'postgres';

export type Role = 'authenticated' | 'anon' | 'service_role' | 'postgres';

/** A conversation to look at, and who looks. */
export interface Tenant {
	name: 'large' | 'middle' | 'small';
	messages: number;
	sites: readonly string[];
	/** The day the data ends at. */
	today: string;
	owner: { role: 'authenticated'; sub: string };
	/** The visitor of `conversation`. */
	visitor: object;
	/** Of usual length. */
	conversation: string;
	lastSeq: number;
	/** The longest one. */
	long: string;
	longSeq: number;
	/** `inbox_changes_since` this answers some 40 conversations. */
	cursor: string;
	/** Who answers visitors: another than the owner, where there is one. */
	operator: string;
	/** A word that is rare here. */
	rareWord: string;
}

/** The largest organisation, one of some 100,000 messages, and an ordinary one. */
export async function findTenants(sql: postgres.Sql): Promise<Tenant[]> {
	const sizes = await sql<{ organization: number; messages: number }[]>`
		select s.organization, sum(c.last_seq)::integer as messages
		from scale.sites as s join public.conversations as c on c.site_id = s.id
		group by 1 order by 2 desc`;
	const near = (wanted: number) =>
		sizes.toSorted((a, b) => Math.abs(a.messages - wanted) - Math.abs(b.messages - wanted))[0];
	const [largest, median] = [sizes[0], sizes[Math.floor(sizes.length / 2)]];
	const middle = near(Math.min(100_000, (largest?.messages ?? 0) / 3));
	if (!largest || !median || !middle) throw new Error('There is no data: npm run seed:scale');
	return [
		await describeTenant(sql, 'large', largest),
		await describeTenant(sql, 'middle', middle),
		await describeTenant(sql, 'small', median)
	];
}

async function describeTenant(
	sql: postgres.Sql,
	name: Tenant['name'],
	{ organization, messages }: { organization: number; messages: number }
): Promise<Tenant> {
	const sites = (
		await sql<{ id: string }[]>`select id from scale.sites where organization = ${organization}`
	).map(({ id }) => id);
	const [owner, admin] = await sql<{ id: string }[]>`
		select id from scale.operators where organization = ${organization} order by place limit 2`;
	const [until] = await sql<{ day: string }[]>`
		select value::timestamptz::date::text as day from scale.steps where name = 'until'`;
	const [usual] = await sql<
		{ id: string; last_seq: number; visitor_id: string; site_id: string }[]
	>`
		select id, last_seq, visitor_id, site_id from public.conversations
		where site_id = any (${sites}::uuid[]) and last_seq between 12 and 30 order by last_message_at desc limit 1`;
	const [long] = await sql<{ id: string; last_seq: number }[]>`
		select id, last_seq from public.conversations where site_id = any (${sites}::uuid[]) order by last_seq desc limit 1`;
	const [word] = await sql<{ word: string }[]>`
		select word from private.search_words where site_id = any (${sites}::uuid[]) and word ~ '^[0-9]{5}$' limit 1`;
	if (!owner || !usual || !long || !until)
		throw new Error(`organisation ${organization} has too little`);
	return {
		name,
		messages,
		sites,
		today: until.day,
		operator: (admin ?? owner).id,
		owner: { role: 'authenticated', sub: owner.id },
		visitor: { role: 'anon', visitor_id: usual.visitor_id, site_id: usual.site_id },
		conversation: usual.id,
		lastSeq: usual.last_seq,
		long: long.id,
		longSeq: long.last_seq,
		cursor: await changeSome(sql, sites),
		rareWord: word?.word ?? '10000'
	};
}

/** Changes 40 conversations and answers the cursor from before. */
async function changeSome(sql: postgres.Sql, sites: string[]): Promise<string> {
	const [before] = await sql<{ cursor: string }[]>`
		select pg_snapshot_xmin(pg_current_snapshot())::text as cursor`;
	await sql`
		update public.conversations set priority = priority where id in (
			select id from public.conversations where site_id = any (${sites}::uuid[])
			order by last_message_at desc limit 40
		)`;
	return before?.cursor ?? '';
}

/** Makes the rest of the transaction what the Data API would run; as `postgres`, the same without row-level security. */
export async function become(
	sql: postgres.TransactionSql,
	role: Role,
	claims: object
): Promise<void> {
	await sql`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
}
