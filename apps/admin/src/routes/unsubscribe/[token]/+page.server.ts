import { fail } from '@sveltejs/kit';
import { SUPABASE_URL } from '$app/env/public';
import type { Actions } from './$types';

export const actions: Actions = {
	// Opening the link does nothing: mail scanners open links too.
	default: async ({ params }) => {
		const url = `${SUPABASE_URL}/functions/v1/unsubscribe?token=${encodeURIComponent(params.token)}`;
		// Not the event's fetch, which takes an address on our own host for a page of this app.
		const status = await fetch(url, { method: 'POST' }).then(
			(response) => response.status,
			(error: unknown) => {
				console.warn(error);
				return 503;
			}
		);
		if (status === 200) return { done: true as const };
		return fail(status === 404 ? 404 : 503, { done: false as const, known: status !== 404 });
	}
};
