import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { data, error: failed } = await locals.supabase
		.from('quick_templates')
		.select('id, organization_id, site_id, language, shortcut, title, body')
		.order('shortcut')
		.order('language');
	if (failed) error(503, 'the backend does not answer');
	return { templates: data };
};
