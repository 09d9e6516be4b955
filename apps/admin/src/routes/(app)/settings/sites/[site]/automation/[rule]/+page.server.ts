import { error } from '@sveltejs/kit';
import { readWidgetSettings } from '#lib/settings/read-widget-settings.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, parent }) => {
	const { supabase } = locals;
	const { site } = await parent();
	const [rule, labels, members, assigned, rules, settings] = await Promise.all([
		params.rule === 'new'
			? null
			: supabase
					.from('auto_reply_rules')
					.select('*')
					.eq('id', params.rule)
					.eq('site_id', site.id)
					.maybeSingle(),
		supabase
			.from('labels')
			.select('id, name, color')
			.eq('organization_id', site.organization_id)
			.order('name'),
		supabase
			.from('memberships')
			.select('user_id, role')
			.eq('organization_id', site.organization_id)
			.is('deactivated_at', null),
		supabase.from('site_operators').select('user_id').eq('site_id', site.id),
		supabase.from('auto_reply_rules').select('position').eq('site_id', site.id),
		readWidgetSettings(supabase, site.id)
	]);
	if (rule?.error?.code === '22P02' || (rule && !rule.error && !rule.data)) error(404);
	if (rule?.error || labels.error || members.error || assigned.error || rules.error)
		error(503, 'the backend does not answer');
	const works = new Set(assigned.data.map(({ user_id }) => user_id));
	return {
		rule: rule?.data ?? null,
		settings,
		siteLabels: labels.data,
		// Whom a rule may name: owners and admins work on all sites.
		workers: members.data
			.filter(({ user_id, role }) => role !== 'operator' || works.has(user_id))
			.map(({ user_id }) => user_id),
		nextPosition: Math.max(0, ...rules.data.map(({ position }) => position)) + 1
	};
};
