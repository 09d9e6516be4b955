import { error } from '@sveltejs/kit';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, params, parent }) => {
	const { data, error: failed } = await locals.supabase
		.from('sites')
		.select('*, widget_settings(updated_at)')
		.eq('id', params.site)
		.maybeSingle();
	// Not even an id.
	if (failed?.code === '22P02') error(404);
	if (failed) error(503, 'the backend does not answer');
	if (!data) error(404);
	const { adminOf } = await parent();
	const { widget_settings: settings, ...site } = data;
	return {
		site,
		settingsUpdatedAt: settings[0]?.updated_at ?? site.updated_at,
		admin: adminOf.some(({ id }) => id === site.organization_id)
	};
};
