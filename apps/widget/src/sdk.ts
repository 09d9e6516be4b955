import type { Message } from '@chatiq/contracts/message';

export interface ChatiqEvents {
	/** The bubble stands and the site's settings are known. */
	ready: undefined;
	open: undefined;
	close: undefined;
	/** The team has answered. */
	message: Pick<Message, 'id' | 'body' | 'author_name' | 'created_at'>;
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
