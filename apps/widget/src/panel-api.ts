import type { Message } from '@chatiq/contracts/message';
import type { Boot } from '@chatiq/contracts/session';
import type { PublicSite, WidgetSettings } from '@chatiq/contracts/site';
import type texts from '@chatiq/i18n/widget/en.json';

export type Language = 'uk' | 'en';

export type Texts = Omit<typeof texts, `bubble_${string}`>;

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
	config: WidgetConfig;
	site: PublicSite;
	boot: Boot | null;
	identity: string | null;
	language: Language;
	onclose: () => void;
	onunread: (count: number) => void;
	onmessage: (message: Message) => void;
	onsite: (site: PublicSite) => void;
}

/** The panel as the loader sees it. */
export interface Panel {
	setOpen: (open: boolean) => void;
	/** Takes effect when the texts are here. */
	setLanguage: (language: Language) => void;
	/** What the bubble does while the panel is open, in words. */
	readonly closeLabel: string;
	identify: (identity: string) => void;
	logout: () => void;
	destroy: () => void;
}

export interface PanelModule {
	start: (context: PanelContext) => Panel;
}
