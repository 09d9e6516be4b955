import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
	const { admin } = await parent();
	// The secret is for admins; the database says so as well.
	if (!admin) error(404);
};
