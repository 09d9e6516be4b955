import type { Chatiq, ChatiqOptions } from './chatiq.ts';

export type * from './chatiq.ts';

/** The widget as a page has it in its hands. */
export type ChatiqWidget = Omit<Chatiq, 'push'>;

export interface LoadOptions extends ChatiqOptions {
	/** Address of `widget.js`, as in the install snippet. */
	src: string;
	/** Of a content security policy that asks for one. */
	nonce?: string;
}

type Call = [name: string, ...args: unknown[]];

const methods = [
	...['open', 'close', 'toggle', 'show', 'hide', 'destroy', 'identify', 'logout'],
	...['on', 'off', 'setLanguage']
] as readonly (keyof ChatiqWidget)[];

/** The script that is on its way. */
let loading: HTMLScriptElement | null = null;

/**
 * Puts the widget onto the page, once, however often it is called. What is called before it is there waits for it.
 * On a server it does nothing. After `destroy` it may be called again.
 */
export function loadWidget({ src, nonce, ...options }: LoadOptions): ChatiqWidget {
	if (typeof document !== 'undefined') include(src, nonce, options);
	return controls();
}

function include(src: string, nonce: string | undefined, options: ChatiqOptions): void {
	const { chtq: known } = page();
	if (known && !Array.isArray(known)) return;
	// Destroyed before it came: the same script serves again, and what was asked of it before is forgotten.
	const ended = known?.findLastIndex(([name]) => name === 'destroy') ?? -1;
	known?.splice(0, ended + 1);
	const script = (loading ??= addScript(src, nonce));
	Object.assign(script.dataset, options);
}

function addScript(src: string, nonce = ''): HTMLScriptElement {
	const script = document.createElement('script');
	const gone = () => {
		script.remove();
		loading = null;
	};
	Object.assign(script, { async: true, nonce, onload: gone, onerror: gone, src: trusted(src) });
	document.head.append(script);
	return script;
}

/** One of these may be destroyed while another page of the app loads the widget anew: then it is no longer in charge. */
function controls(): ChatiqWidget {
	let ended = typeof window === 'undefined';
	const call = (...[name, ...args]: Call) => {
		if (ended) return;
		ended = name === 'destroy';
		(page().chtq ??= []).push([name, ...args]);
	};
	const entries = methods.map((name) => [name, (...args: unknown[]) => call(name, ...args)]);
	return Object.fromEntries(entries) as ChatiqWidget;
}

/** The queue that the script finds, then what it puts there. */
const page = () => window as unknown as { chtq?: Chatiq | Call[] };

interface TrustedTypes {
	createPolicy: (
		name: string,
		rules: { createScriptURL: (url: string) => string }
	) => { createScriptURL: (url: string) => string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Where the page's policy requires trusted types, it names this one: `trusted-types chatiq`. */
function trusted(src: string): string {
	const { trustedTypes } = window as unknown as { trustedTypes?: TrustedTypes };
	policy ??= trustedTypes?.createPolicy('chatiq', { createScriptURL: (url) => url });
	return policy?.createScriptURL(src) ?? src;
}
