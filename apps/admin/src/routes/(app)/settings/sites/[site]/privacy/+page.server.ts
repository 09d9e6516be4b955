import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const { data, error: failed } = await locals.supabase
		.from('blocklist')
		.select('id, kind, identity, address, reason, expires_at, visitor_id, visitors(name, email)')
		.eq('site_id', params.site)
		.or(`expires_at.is.null,expires_at.gt.${new Date().toISOString()}`)
		.order('created_at', { ascending: false })
		.limit(200);
	if (failed) error(503, 'the backend does not answer');
	return {
		blocks: data.map(({ visitors, ...block }) => ({
			...block,
			visitor: visitors?.name ?? visitors?.email ?? null
		}))
	};
};
