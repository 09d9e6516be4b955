import { getLocale } from '@chatiq/i18n/console/runtime';
import { redirect } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

/** Who works here goes to work; everybody else reads what this is, in their language. */
export const load: PageServerLoad = ({ locals }) =>
	redirect(302, locals.user ? '/inbox' : `/${getLocale()}`);
