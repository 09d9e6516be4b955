import type { Role, Tenant } from './callers.ts';
import { reports } from './reports.ts';

export interface Case {
	name: string;
	role: Exclude<Role, 'postgres'>;
	claims: (tenant: Tenant) => object;
	statement: (tenant: Tenant) => string;
	/** The same without any question of rights, where a definer function asks it; else `statement` as the tables' owner. */
	bare?: (tenant: Tenant) => string;
	/** What row-level security may cost, as a share of the same without it; null where a definer function decides. */
	ratio: number | null;
	/** Blocks that row-level security may read in addition. */
	buffers: number;
	/** Longest time at full size. */
	ms?: number;
	/** Not in the largest organisation, which has a tenth of everything. */
	unlessLarge?: true;
	/** Rows read, whatever the size of the tenant. */
	rows: number;
}

const owner = ({ owner }: Tenant) => owner;
const visitor = ({ visitor }: Tenant) => visitor;
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

export const cases: readonly Case[] = [
	{
		name: 'inbox list, 50 rows',
		role: 'authenticated',
		claims: owner,
		statement: () => 'select public.list_inbox()',
		bare: ({ sites }) => `
			select jsonb_agg(app.my_inbox_conversation(entry) order by page.last_message_at desc, page.id desc)
			from (
				select newest.* from unnest('{${sites.join()}}'::uuid[]) as site (id)
				cross join lateral (
					select c.id, c.last_message_at from public.conversations as c
					where c.site_id = site.id and c.status = 'open'
						-- As the list's filters, which look into the row.
						and coalesce(c.assignee_id, c.id) is not null
					order by c.last_message_at desc, c.id desc limit 51
				) as newest
				order by newest.last_message_at desc, newest.id desc limit 51
			) as page join app.inbox_conversations as entry on entry.id = page.id`,
		ratio: 1.5,
		buffers: 5,
		rows: 1500
	},
	{
		name: 'inbox of one person',
		role: 'authenticated',
		claims: owner,
		statement: () => 'select public.list_inbox(assignee_id => auth.uid())',
		ratio: null,
		buffers: 5,
		rows: 1500
	},
	{
		name: 'counts of the inbox',
		role: 'authenticated',
		claims: owner,
		statement: () => 'select public.count_inbox()',
		ratio: null,
		buffers: 5,
		rows: 1500
	},
	{
		name: 'counts of sites and labels',
		role: 'authenticated',
		claims: owner,
		statement: () => 'select public.count_lists()',
		ratio: null,
		buffers: 5,
		rows: 1500
	},
	{
		name: 'inbox changes, 40 rows',
		role: 'authenticated',
		claims: owner,
		statement: ({ cursor }) => `select public.inbox_changes_since(${quoted(cursor)})`,
		ratio: null,
		buffers: 5,
		rows: 1500
	},
	{
		name: 'message page, 30 rows',
		role: 'authenticated',
		claims: owner,
		statement: ({ conversation, lastSeq }) =>
			`select * from public.messages_before('${conversation}', ${lastSeq + 1})`,
		ratio: 1.75,
		buffers: 5,
		rows: 200
	},
	{
		name: 'message page, far up in a long one',
		role: 'authenticated',
		claims: owner,
		statement: ({ long, longSeq }) =>
			`select * from public.messages_before('${long}', ${Math.ceil(longSeq / 2)})`,
		ratio: 1.75,
		buffers: 5,
		rows: 200
	},
	{
		name: 'message page of a visitor',
		role: 'anon',
		claims: visitor,
		statement: ({ conversation, lastSeq }) =>
			`select * from public.messages_before('${conversation}', ${lastSeq + 1})`,
		ratio: 1.75,
		buffers: 10,
		rows: 200
	},
	{
		name: 'catch-up of a visitor, 5 rows',
		role: 'anon',
		claims: visitor,
		statement: ({ conversation, lastSeq }) =>
			`select * from public.messages_after('${conversation}', ${lastSeq - 5})`,
		ratio: 1.75,
		buffers: 10,
		rows: 200
	},
	{
		name: 'unread of a conversation',
		role: 'authenticated',
		claims: owner,
		statement: ({ conversation }) => `select public.get_inbox_conversation('${conversation}')`,
		ratio: 1.75,
		buffers: 5,
		rows: 200
	},
	{
		name: 'search, a rare word',
		role: 'authenticated',
		claims: owner,
		statement: ({ rareWord }) => `select public.search_inbox(${quoted(rareWord)})`,
		ratio: null,
		buffers: 5,
		ms: 50,
		unlessLarge: true,
		// A short walk on each site, and what holds the word.
		rows: 5000
	},
	{
		name: 'search, two words of many',
		role: 'authenticated',
		claims: owner,
		statement: () => `select public.search_inbox('доставка Львів')`,
		ratio: null,
		buffers: 5,
		ms: 50,
		unlessLarge: true,
		rows: Infinity
	},
	{
		name: 'search, the beginning of a word',
		role: 'authenticated',
		claims: owner,
		statement: () => `select public.search_inbox('навуш')`,
		ratio: null,
		buffers: 5,
		ms: 50,
		unlessLarge: true,
		rows: Infinity
	},
	{
		name: 'search, a mistyped word',
		role: 'authenticated',
		claims: owner,
		statement: () => `select public.search_inbox('кавамолка')`,
		ratio: null,
		buffers: 5,
		ms: 50,
		unlessLarge: true,
		rows: Infinity
	},
	...reports
];
