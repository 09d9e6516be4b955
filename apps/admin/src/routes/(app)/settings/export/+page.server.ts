import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
	const { adminOf } = await parent();
	// Only admins take data out; the database says so as well.
	if (adminOf.length === 0) error(404);
};
