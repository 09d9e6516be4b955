import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const { data, error: failed } = await locals.supabase
		.from('retired_site_keys')
		.select('site_key, valid_until')
		.eq('site_id', params.site)
		.gt('valid_until', new Date().toISOString())
		.order('valid_until');
	if (failed) error(503, 'the backend does not answer');
	return { retired: data };
};
