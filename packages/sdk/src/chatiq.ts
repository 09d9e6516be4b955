/** What somebody of the team, or its assistant, has written. */
export interface ChatiqMessage {
	id: string;
	body: string;
	author_name: string | null;
	/** ISO time. */
	created_at: string;
}

export interface ChatiqEvents {
	/** The bubble stands and the site's settings are known. */
	ready: undefined;
	open: undefined;
	close: undefined;
	/** The team has answered. */
	message: ChatiqMessage;
	/** How many answers the visitor has not read. */
	unread: number;
}

export type ChatiqListener<Name extends keyof ChatiqEvents> = (detail: ChatiqEvents[Name]) => void;

/** `window.chtq`: all that a page may do with the widget. No call throws, and none before the script has loaded is lost. */
export interface Chatiq {
	open: () => void;
	close: () => void;
	toggle: () => void;
	/** Shows the bubble again after `hide`. */
	show: () => void;
	/** Takes the bubble away, for pages that `open` by a button of their own. */
	hide: () => void;
	/** Takes the widget off the page; include the script again to bring it back. */
	destroy: () => void;
	/** A JWT that the customer's server signed with the site's identity secret. */
	identify: (identity: string) => void;
	/** Forgets the visitor on this browser: call it when your user signs out. */
	logout: () => void;
	on: <Name extends keyof ChatiqEvents>(name: Name, listener: ChatiqListener<Name>) => void;
	off: <Name extends keyof ChatiqEvents>(name: Name, listener: ChatiqListener<Name>) => void;
	setLanguage: (language: 'uk' | 'en' | 'auto') => void;
	/** A queued call, as the stub in front of the script makes it: `chtq.push(['open'])`. */
	push: (call: readonly [name: string, ...args: unknown[]]) => void;
}

/** What a page decides itself; it goes before the site's settings in the console. */
export interface ChatiqOptions {
	/** `pk_…`, of the install snippet. */
	siteKey: string;
	/** `auto`: the page's language, then the browser's. */
	language?: 'uk' | 'en' | 'auto';
	position?: 'left' | 'right';
	size?: 'compact' | 'standard' | 'large';
	theme?: 'light' | 'dark' | 'auto';
	/** Any CSS colour; the text on it becomes black or white by itself. */
	color?: string;
	/** The server, where it is another one than the script comes from. */
	apiUrl?: string;
	/** `needed`: the visitor has not agreed to storage, so nothing is kept before they write. */
	storageConsent?: 'needed';
}
