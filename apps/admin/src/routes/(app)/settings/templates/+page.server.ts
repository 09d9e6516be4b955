import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent }) => {
	const { organization } = await parent();
	const { data, error: failed } = await locals.supabase
		.from('quick_templates')
		.select('id, organization_id, site_id, language, shortcut, title, body')
		.eq('organization_id', organization.id)
		.order('shortcut')
		.order('language');
	if (failed) error(503, 'the backend does not answer');
	return { templates: data };
};
