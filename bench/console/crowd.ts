import type postgres from 'postgres';
import type { Tenant } from '../../e2e/support/tenant.ts';

export interface Crowd {
	/** Two of 2,000 messages each, to switch between. */
	long: [string, string];
	conversations: number;
}

const longMessages = 2000;

/** A busy site: loaded past the triggers, as the seed of the database bench is, with the same columns filled. */
export async function fillSite(
	sql: postgres.Sql,
	{ organization, site }: Tenant,
	conversations: number
): Promise<Crowd> {
	const place = { organization_id: organization, site_id: site.id };
	await sql.begin(async (load) => {
		await withoutTriggers(load);
		await load`
			insert into public.visitors (id, organization_id, site_id, name)
			select gen_random_uuid(), ${place.organization_id}, ${place.site_id}, 'Visitor ' || n
			from generate_series(1, ${conversations}) as n`;
		await load`
			insert into public.conversations (
				id, organization_id, site_id, visitor_id, last_seq, last_message_at, last_message_preview,
				last_author_kind, waiting_since, visitor_message_count
			)
			select gen_random_uuid(), v.organization_id, v.site_id, v.id, 1,
				now() - row_number() over (order by v.id) * interval '1 minute', 'When will the grinder be back?',
				'visitor', now() - row_number() over (order by v.id) * interval '1 minute', 1
			from public.visitors as v where v.site_id = ${place.site_id}`;
		await load`
			insert into public.messages (
				id, organization_id, site_id, conversation_id, seq, author_kind, author_id, author_name, body, created_at
			)
			select gen_random_uuid(), c.organization_id, c.site_id, c.id, 1, 'visitor', c.visitor_id, 'Visitor',
				c.last_message_preview, c.last_message_at
			from public.conversations as c where c.site_id = ${place.site_id}`;
		await withTriggers(load);
	});
	const newest = await sql<{ id: string }[]>`
		select id from public.conversations where site_id = ${site.id} order by last_message_at desc limit 2`;
	const [first, second] = newest.map(({ id }) => id);
	if (!first || !second) throw new Error('The site is empty.');
	for (const id of [first, second]) await lengthen(sql, id);
	return { long: [first, second], conversations };
}

/** Texts of different length, from both sides, as people write them. */
async function lengthen(sql: postgres.Sql, conversation: string): Promise<void> {
	await sql.begin(async (load) => {
		await withoutTriggers(load);
		await load`
			insert into public.messages (
				id, organization_id, site_id, conversation_id, seq, author_kind, author_id, author_name, body, created_at
			)
			select gen_random_uuid(), c.organization_id, c.site_id, c.id, n,
				case when n % 3 = 0 then 'operator' else 'visitor' end::public.author_kind,
				case when n % 3 = 0 then null else c.visitor_id end, 'Somebody',
				'Message ' || n || repeat(' about coffee and how it is ground', 1 + n % 7),
				c.last_message_at - (${longMessages} - n) * interval '1 minute'
			from public.conversations as c, generate_series(2, ${longMessages}) as n where c.id = ${conversation}`;
		await load`
			update public.conversations set last_seq = ${longMessages},
				visitor_message_count = ${longMessages} - ${longMessages} / 3
			where id = ${conversation}`;
		await withTriggers(load);
	});
}

const filled = ['visitors', 'conversations', 'messages'];

/** For this transaction: what triggers would count and tell is filled in by hand. */
async function withoutTriggers(load: postgres.TransactionSql): Promise<void> {
	for (const table of filled) await load`alter table public.${load(table)} disable trigger user`;
}

async function withTriggers(load: postgres.TransactionSql): Promise<void> {
	for (const table of filled) await load`alter table public.${load(table)} enable trigger user`;
}
