import { defaultWidgetUrl } from '@chatiq/contracts/embed';
import { SUPABASE_URL, WIDGET_URL } from '$app/env/public';

/** The address of the loader that websites include. */
export const widgetUrl = WIDGET_URL ?? defaultWidgetUrl(SUPABASE_URL);
