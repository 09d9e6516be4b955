import type { Enums } from './database.gen.ts';
import type { SiteStatus, WidgetForms } from './forms.ts';

export type WidgetTexts = { title: string; subtitle: string; welcome: string };

/** How the widget looks on a site; stored in `public.widget_settings`. */
export interface WidgetSettings extends WidgetForms {
	/** `#rrggbb` */
	primary_color: string;
	secondary_color: string;
	position: Enums<'widget_position'>;
	size: Enums<'widget_size'>;
	theme: Enums<'widget_theme'>;
	/** `auto` follows the page, then the browser. */
	language: Enums<'widget_language'>;
	/** Empty strings mean the product's own texts. */
	texts: { en: WidgetTexts; uk: WidgetTexts };
}

/** The public settings file `site-files/<site_key>.json`, and `site` in the answer of `boot`. */
export interface PublicSite {
	site_id: string;
	name: string;
	settings: WidgetSettings;
	status?: SiteStatus;
	/** ISO time of the newest change; a file never goes back in time. */
	updated_at: string;
}

/** Public bucket of the settings files. */
export const siteFilesBucket = 'site-files';

export const siteFilePath = (siteKey: string) => `${siteKey}.json`;

/** Event `settings_changed` on `topics.site`. */
export type SettingsChanged = PublicSite;
