import { SUPABASE_URL, WIDGET_URL } from '$app/env/public';

/** The address of the loader that websites include. */
export const widgetUrl =
	WIDGET_URL ?? `${SUPABASE_URL}/storage/v1/object/public/widget/widget.js`;
