import { readWidgetSettings } from '#lib/settings/read-widget-settings.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => ({
	settings: await readWidgetSettings(locals.supabase, params.site)
});
