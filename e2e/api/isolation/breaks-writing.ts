import { askBucket } from './checks/buckets.ts';
import { checkDelete, checkInsert } from './checks/copies.ts';
import { checkFunction } from './checks/functions.ts';
import { holds } from './checks/outcome.ts';
import { checkSelect, checkUpdate } from './checks/rows.ts';
import { buckets } from './matrix.ts';
import { both, changePolicy, openPolicy, rewrite, type Break } from './mistakes.ts';

/** Mistakes in what clients may write, in blocks and in files. */
export const writingBreaks: Break[] = [
	{
		title: 'rows that anybody may insert for anybody',
		make: (sql) =>
			both(
				sql,
				'alter policy "admins make labels" on public.labels with check (true)',
				`alter policy "admins make labels" on public.labels
					with check (organization_id = any (array(select app.my_organization_ids('admin'))))`
			),
		content: async (context) => holds(await checkInsert(context, 'labels'))
	},
	{
		title: 'operators who may delete what is for admins',
		make: (sql) =>
			changePolicy(
				sql,
				'admins put limits of their sites back',
				'site_id = any (array(select app.my_site_ids()))',
				'public.rate_limits'
			),
		content: async (context) => holds(await checkDelete(context, 'rate_limits'))
	},
	{
		title: 'views of colleagues that anybody may change',
		make: (sql) => openPolicy(sql, 'public.saved_views', 'members edit their own views'),
		content: async (context) => {
			const read = await openPolicy(
				context.world.sql,
				'public.saved_views',
				'members read their own views and shared ones'
			);
			const outcomes = await checkUpdate(context, 'saved_views');
			await context.world.sql.unsafe(read);
			return outcomes.every((outcome) => holds(outcome));
		}
	},
	{
		title: 'a blocked visitor who still reads',
		make: (sql) =>
			rewrite(sql, 'app.my_visitor_conversation_ids', 'or app.visitor_blocked(visitor, site)', ''),
		content: async (context) => holds(await checkSelect(context, 'messages'))
	},
	{
		title: 'a block that anybody lifts, without an answer that says so',
		make: (sql) =>
			rewrite(
				sql,
				'public.unblock',
				'b.site_id = any',
				'b.site_id is not null or b.id = unblock.id and b.site_id = any'
			),
		content: async (context) => holds(await checkFunction(context, 'unblock'))
	},
	{
		title: 'a link to the file of a private note',
		make: (sql) =>
			rewrite(sql, 'app.my_visitor_attachment_ids', `messages.visibility = 'public'`, 'true'),
		content: async (context) => {
			const about = buckets['attachments'];
			if (!about) throw new Error('no cells for the bucket attachments');
			const actual = await askBucket(context, { bucket: 'attachments', about, command: 'sign' });
			return holds({ expected: about.sign, actual });
		}
	},
	{
		title: 'an operator who erases visitors',
		make: (sql) =>
			rewrite(sql, 'public.erase_visitor', `app.my_site_ids('admin')`, 'app.my_site_ids()'),
		content: async (context) => holds(await checkFunction(context, 'erase_visitor'))
	}
];
