import * as z from 'zod';
import { error } from '@sveltejs/kit';
import { locales } from '@chatiq/i18n/console/runtime';
import type { RequestHandler } from './$types';

const Body = z.strictObject({ language: z.enum(locales) });

/** Remembers the operator's language for all their devices. */
export const POST: RequestHandler = async ({ request, locals }) => {
	if (!locals.user) error(401, 'session_required');
	const body = Body.safeParse(await request.json().catch(() => null));
	if (!body.success) error(422, 'invalid_input');
	const { error: refusal } = await locals.supabase
		.from('profiles')
		.update(body.data)
		.eq('id', locals.user.id);
	if (refusal) error(503, 'the backend does not answer');
	return new Response(null, { status: 204 });
};
