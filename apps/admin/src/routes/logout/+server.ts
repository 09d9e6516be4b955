import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ locals }) => {
	// `local`: other devices stay signed in. The cookies go even when the server does not answer.
	await locals.supabase.auth.signOut({ scope: 'local' });
	redirect(303, '/login');
};
