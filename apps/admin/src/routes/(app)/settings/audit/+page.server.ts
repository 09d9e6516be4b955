import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent }) => {
	const { adminOf } = await parent();
	const [organization] = adminOf;
	// The log is for admins; the database says so as well.
	if (!organization) error(404);
	// The archived ones too: the log goes on naming them.
	const sites = await locals.supabase
		.from('sites')
		.select('id, name')
		.eq('organization_id', organization.id);
	if (sites.error) error(503, 'the backend does not answer');
	return { allSites: sites.data };
};
