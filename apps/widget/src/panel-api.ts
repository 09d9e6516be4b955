import type { ErrorBody } from '@chatiq/contracts/errors';
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
	/** What the page called `identify` with before the panel was there; the widget's own. */
	identity?: string;
}

/** What the server has answered: to a passer-by the site alone, to a returning visitor all of `Boot`, or why not. */
export type Answer = Partial<Boot & ErrorBody>;

/**
 * What the loader hands to the panel and to teasers. A list, since names would go over the line on every page.
 * `slot` is where the panel is drawn, before the bubble in the order of TAB.
 */
export type Handover = [
	answer: Answer,
	slot: HTMLElement,
	config: WidgetConfig,
	emit: PanelContext['emit'],
	setOpen: PanelContext['setOpen'],
	applySite: PanelContext['applySite'],
	complain: PanelContext['complain'],
	language: Language
];

export const siteOf = (answer: Answer) => answer.site ?? (answer as PublicSite);

/** Null for a passer-by. */
export const bootOf = (answer: Answer) => (answer.site ? (answer as Boot) : null);

/** What the panel works with. */
export interface PanelContext {
	root: ShadowRoot;
	/** Where the panel is drawn, before the bubble in the order of TAB. */
	slot: HTMLElement;
	/** From here on the panel says what it does, and how much is unread. */
	button: HTMLElement;
	config: WidgetConfig;
	site: PublicSite;
	boot: Boot | null;
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
