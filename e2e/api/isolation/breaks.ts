import type postgres from 'postgres';
import { askBucket } from './checks/buckets.ts';
import { followForeignKeys } from './checks/embeds.ts';
import { checkFunction } from './checks/functions.ts';
import { holds, type Outcome } from './checks/outcome.ts';
import { checkLockedColumns, checkSelect } from './checks/rows.ts';
import { schemaRules, unmatched } from './checks/schema.ts';
import { askTopics } from './checks/topics.ts';
import { readCatalogue } from './catalogue.ts';
import type { Context } from './context.ts';
import { buckets, topics } from './matrix.ts';
import { both, changePolicy, openPolicy, rewrite, type Break } from './mistakes.ts';
import { writingBreaks } from './breaks-writing.ts';

const readingBreaks: Break[] = [
	{
		title: 'a policy without its condition',
		make: (sql) => openPolicy(sql, 'public.messages', 'operators read the messages of their sites'),
		content: async (context) => holds(await checkSelect(context, 'messages'))
	},
	{
		title: 'a function that does not ask for membership',
		make: (sql) => rewrite(sql, 'app.lock_my_conversation', 'mine.user_id = me and ', ''),
		content: async (context) => holds(await checkFunction(context, 'set_conversation_status'))
	},
	{
		title: 'a topic policy that lets everybody listen',
		make: (sql) => openPolicy(sql, 'realtime.messages', 'participants listen to their topics'),
		content: (context) => topicHolds(context, 'conversation:<id>:team', 'listen')
	},
	{
		title: 'a visitor who reads private notes',
		make: (sql) =>
			changePolicy(
				sql,
				'visitors read their own messages without private notes',
				'conversation_id = any (array(select app.my_visitor_conversation_ids()))'
			),
		content: async (context) => holds(await checkSelect(context, 'messages'))
	},
	{
		title: 'an embed that shows what its table hides from the caller',
		make: (sql) => openPolicy(sql, 'public.visitors', 'operators read the visitors of their sites'),
		content: async (context) => (await followForeignKeys(context)).leaks.length === 0
	},
	{
		title: 'a table granted to anon, whatever its policies',
		make: (sql) =>
			both(
				sql,
				'grant select on public.visitors to anon',
				'revoke select on public.visitors from anon'
			),
		content: async (context) => holds(await checkSelect(context, 'visitors'))
	},
	{
		title: 'one column too many granted',
		make: (sql) =>
			both(
				sql,
				'grant update (site_key) on public.sites to authenticated',
				'revoke update (site_key) on public.sites from authenticated'
			),
		content: async (context) => holds(await checkLockedColumns(context, 'sites'))
	},
	{
		title: 'a secret that anybody may ask for',
		make: (sql) =>
			both(
				sql,
				'grant execute on function public.site_identity_secrets to anon',
				'revoke execute on function public.site_identity_secrets from anon'
			),
		content: async (context) => holds(await checkFunction(context, 'site_identity_secrets'))
	},
	{
		title: 'a reading function that runs as its owner',
		make: (sql) =>
			both(
				sql,
				'alter function public.messages_after security definer',
				'alter function public.messages_after security invoker'
			),
		content: async (context) => holds(await checkFunction(context, 'messages_after'))
	},
	{
		title: 'a refusal that tells whether the conversation exists',
		make: (sql) =>
			rewrite(
				sql,
				'public.mark_read',
				`perform app.refuse(404, 'conversation_not_found')`,
				`perform app.refuse(404, 'conversation_not_found', to_jsonb(exists (
					select from public.conversations as c where c.id = mark_read.conversation_id)))`
			),
		content: async (context) => holds(await checkFunction(context, 'mark_read'))
	},
	{
		title: 'sites on which everybody counts as an admin',
		make: (sql) => rewrite(sql, 'app.my_sites_in', 'and mine.role <= my_sites_in.min_role', ''),
		content: async (context) => holds(await checkFunction(context, 'archive_site'))
	},
	{
		title: 'a function without a search path',
		make: (sql) =>
			both(
				sql,
				'alter function app.my_site_ids reset search_path',
				`alter function app.my_site_ids set search_path = ''`
			),
		content: async ({ world }) => (await broken(world.sql)).length === 0
	},
	{
		title: 'a table without row-level security',
		make: (sql) =>
			both(
				sql,
				'alter table private.site_secrets disable row level security',
				'alter table private.site_secrets enable row level security'
			),
		content: async ({ world }) => (await broken(world.sql)).length === 0
	},
	{
		title: 'a new view without cells',
		make: (sql) =>
			both(
				sql,
				'create view public.contacts with (security_invoker = true) as select email from public.visitors',
				'drop view public.contacts'
			),
		content: async ({ world }) => unmatched(await readCatalogue(world.sql)).length === 0
	},
	{
		title: 'visitors who may broadcast among the messages',
		make: (sql) =>
			both(
				sql,
				`create policy "a mistake" on realtime.messages for insert to anon
					with check (app.topic_role((select realtime.topic())) = 'visitor')`,
				'drop policy "a mistake" on realtime.messages'
			),
		content: (context) => topicHolds(context, 'conversation:<id>', 'send')
	},
	{
		title: 'a bucket into which every member of anything may write',
		make: (sql) =>
			both(
				sql,
				`create policy "a mistake" on storage.objects for insert to authenticated
					with check (bucket_id = 'site-files')`,
				'drop policy "a mistake" on storage.objects'
			),
		content: async (context) => {
			const about = buckets['site-files'];
			if (!about) throw new Error('no cells for the bucket site-files');
			const actual = await askBucket(context, { bucket: 'site-files', about, command: 'upload' });
			return holds({ expected: about.upload, actual });
		}
	}
];

/** At the end: what strangers wrote stays there, and shows what it answers to whoever may read it. */
const strangersAnswer: Break = {
	title: 'an answer by whoever does not work on the site',
	make: (sql) => rewrite(sql, 'public.send_operator_message', 'mine.user_id = author and ', ''),
	content: async (context) => holds(await checkFunction(context, 'send_operator_message'))
};

export const breaks: Break[] = [...readingBreaks, ...writingBreaks, strangersAnswer];

async function topicHolds(
	context: Context,
	name: string,
	right: 'listen' | 'send'
): Promise<boolean> {
	const about = topics[name];
	if (!about) throw new Error(`no cells for the topic ${name}`);
	const outcome: Outcome = {
		expected: about[right],
		actual: (await askTopics(context, about))[right]
	};
	return holds(outcome);
}

async function broken(sql: postgres.Sql): Promise<string[]> {
	const offenders = await Promise.all(Object.values(schemaRules).map((rule) => rule(sql)));
	return offenders.flat();
}
