import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent }) => {
	const { organization } = await parent();
	const { data, error: failed } = await locals.supabase
		.from('sites')
		.select('id, name, organization_id, allowed_origins, archived_at')
		.eq('organization_id', organization.id)
		.order('name');
	if (failed) error(503, 'the backend does not answer');
	return { all: data };
};
