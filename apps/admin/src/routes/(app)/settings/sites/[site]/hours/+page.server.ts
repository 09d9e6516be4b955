import { error } from '@sveltejs/kit';
import { readWidgetSettings } from '#lib/settings/read-widget-settings.ts';
import { hoursOf } from '#lib/settings/stored-hours.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params, parent }) => {
	const { supabase } = locals;
	const [weekly, special, { site }, settings] = await Promise.all([
		supabase.from('business_hours').select('weekday, opens, closes').eq('site_id', params.site),
		supabase
			.from('business_hours_exceptions')
			.select('day, opens, closes, name')
			.eq('site_id', params.site),
		parent(),
		readWidgetSettings(supabase, params.site)
	]);
	if (weekly.error || special.error) error(503, 'the backend does not answer');
	return { settings, hours: hoursOf(site.time_zone, weekly.data, special.data) };
};
