import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const { data, error: failed } = await locals.supabase
		.from('auto_reply_rules')
		.select('id, name, trigger, enabled, position')
		.eq('site_id', params.site)
		.order('position')
		.order('created_at')
		.order('id');
	if (failed) error(503, 'the backend does not answer');
	return { rules: data };
};
