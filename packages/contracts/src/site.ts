import type { Enums } from './database.gen.ts';
import type { WidgetForms } from './forms.ts';

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
	/** Whether visitors see who of the team is there. */
	show_agents: boolean;
	/** Picture in the head of the panel; files of before there was one lack it, and what follows. */
	logo_url: string | null;
	/** Whether a line under the chat names the product. */
	branding: boolean;
	/** False: the chat does not ring for an answer. */
	sounds?: boolean;
}

/** Whether somebody answers now, and when. */
export interface SiteStatus {
	/** By business hours. */
	open: boolean;
	/** Somebody of the team sits at a console and has time. */
	online: boolean;
	/** ISO time of the next opening; null while open, or when none is in sight. */
	reopens_at: string | null;
	/** How soon a person usually answers first; null while that is not known. */
	reply_time: 'minutes' | 'hours' | 'day' | null;
}

/** Somebody of the team who is there now. */
export interface SiteAgent {
	name: string;
	avatar_url: string | null;
	presence: Exclude<Enums<'operator_presence'>, 'offline'>;
}

/** A message that the widget offers by itself: a rule with the trigger `proactive`. All conditions must hold. */
export interface Teaser {
	/** Of the rule: `rule_id` of `start_conversation_from_teaser`. */
	id: string;
	texts: { en?: string; uk?: string };
	/** Shown until it was answered or closed: in this tab, in this browser, or on this day. */
	frequency: Enums<'auto_reply_frequency'>;
	when: {
		languages?: string[];
		page_contains?: string[];
		referrer_contains?: string[];
		schedule?: 'open' | 'closed';
		seconds_on_page?: number;
		min_visits?: number;
		scroll_percent?: number;
		exit_intent?: true;
	};
}

/** The public settings file `site-files/<site_key>.json`, and `site` in the answer of `boot`. */
export interface PublicSite {
	site_id: string;
	name: string;
	settings: WidgetSettings;
	/** Only files that were written before there was a status lack it, and what follows. */
	status?: SiteStatus;
	/** Who is there, four at most; empty unless the settings show agents. */
	agents?: SiteAgent[];
	teasers?: Teaser[];
	/** ISO time of the newest change; a file never goes back in time. */
	updated_at: string;
}

/** Public bucket of the settings files. */
export const siteFilesBucket = 'site-files';

export const siteFilePath = (siteKey: string) => `${siteKey}.json`;

/** Event `settings_changed` on `topics.site`. */
export type SettingsChanged = PublicSite;

/** Event `business_status_changed` on `topics.site`: `status` or `agents` changed. */
export type BusinessStatusChanged = PublicSite;

/** Answer of `read_business_status`. */
export interface BusinessStatus {
	open: boolean;
	/** Null: not within 400 days. */
	changes_at: string | null;
	reopens_at: string | null;
}
