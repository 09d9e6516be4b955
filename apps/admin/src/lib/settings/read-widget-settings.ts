import { error } from '@sveltejs/kit';
import type { Tables } from '@chatiq/contracts/database';

/** The whole row: a screen saves some of it, its preview shows all. */
export async function readWidgetSettings(
	supabase: App.Locals['supabase'],
	siteId: string
): Promise<Tables<'widget_settings'>> {
	const { data, error: failed } = await supabase
		.from('widget_settings')
		.select('*')
		.eq('site_id', siteId)
		.single();
	if (failed) error(503, 'the backend does not answer');
	return data;
}
