import type { Boot } from '@chatiq/contracts/session';
import type { PublicSite, WidgetSettings } from '@chatiq/contracts/site';
import type texts from '@chatiq/i18n/widget/en.json';
import type { Complaint } from './complaints/main.ts';
import type { ChatiqEvents } from '@chatiq/widget';

export type Language = 'uk' | 'en';

export type Texts = Omit<typeof texts, `bubble_teaser_${string}` | 'bubble_unreachable'>;

/** What the page itself decides; it goes before the site's settings. */
export interface WidgetConfig {
	siteKey: string;
	apiUrl: string;
	language?: Language | 'auto';
	position?: WidgetSettings['position'];
	size?: WidgetSettings['size'];
	theme?: WidgetSettings['theme'];
	color?: string;
	/** `needed`: the visitor has not agreed to storage, so that nothing is kept before they write. */
	storageConsent?: 'needed';
	/** The teaser that the visitor has clicked, by its id; the widget's own. */
	teaser?: string;
}

/** What the loader hands to the panel. */
export interface PanelContext {
	root: ShadowRoot;
	/** Where the panel is drawn, before the bubble in the order of TAB. */
	slot: HTMLElement;
	/** From here on the panel says what it does, and how much is unread. */
	button: HTMLElement;
	config: WidgetConfig;
	site: PublicSite;
	boot: Boot | null;
	identity: string | null;
	language: Language;
	/** Opens or closes, as a click on the bubble does. */
	setOpen: (open: boolean) => void;
	applySite: (site: PublicSite) => void;
	/** Tells the customer's developer. */
	complain: (complaint: Complaint) => void;
	emit: <Name extends keyof ChatiqEvents>(name: Name, detail?: ChatiqEvents[Name]) => void;
}

/** The panel as the loader sees it. */
export interface Panel {
	setOpen: (open: boolean) => void;
	/** Takes effect when the texts are here. */
	setLanguage: (language: Language) => void;
	identify: (identity: string) => void;
	logout: () => void;
	destroy: () => void;
}

export interface PanelModule {
	start: (context: PanelContext) => Panel;
}
