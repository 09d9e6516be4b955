import type { Chatiq, ChatiqEvents } from '../sdk.ts';
import { Chunks } from './chunks.ts';
import { readConfig, warn } from './config.ts';
import { Widget } from './widget.ts';

declare global {
	interface Window {
		/** Before the script has run: options, or a queue of calls. After: the SDK. */
		chtq?: Chatiq | Partial<Record<string, unknown>> | unknown[];
	}
}

// Only readable while the script runs for the first time.
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;

function install(): void {
	const before = window.chtq ?? [];
	if ('destroy' in before) {
		warn('widget.js is included twice; the second one does nothing.');
		return;
	}
	const listeners = new Map<string, Set<(detail: never) => void>>();
	const emit = (name: keyof ChatiqEvents, detail?: unknown) => {
		for (const listener of listeners.get(name) ?? []) {
			try {
				listener(detail as never);
			} catch (error) {
				// The page's own fault belongs into the page's own error report.
				reportError(error);
			}
		}
	};
	let widget: Widget | null = null;
	let waiting: ((widget: Widget) => void)[] | null = [];
	const act = (use: (widget: Widget) => void) => {
		if (widget) use(widget);
		else waiting?.push(use);
	};
	const sdk: Chatiq = {
		open: () => act((it) => it.setOpen(true)),
		close: () => act((it) => it.setOpen(false)),
		toggle: () => act((it) => it.setOpen(!it.open)),
		show: () => act((it) => it.setHidden(false)),
		hide: () => act((it) => it.setHidden(true)),
		destroy: () => {
			widget?.destroy();
			widget = waiting = null;
			listeners.clear();
			document.removeEventListener('DOMContentLoaded', begin);
			if (window.chtq === sdk) delete window.chtq;
		},
		identify: (identity) => act((it) => it.identify(identity)),
		logout: () => act((it) => it.logout()),
		on: (name, listener) => {
			listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
		},
		off: (name, listener) => {
			listeners.get(name)?.delete(listener);
		},
		setLanguage: (language) => act((it) => it.setLanguage(language)),
		push: ([name, ...args]) => {
			const method = Object.hasOwn(sdk, name) ? sdk[name as keyof Chatiq] : undefined;
			if (method) (method as (...args: unknown[]) => void)(...args);
			else warn(`"${name}" is not a call of chtq.`);
		}
	};
	const begin = () => {
		const config = readConfig(script, before);
		const calls = waiting;
		waiting = null;
		if (!config) return;
		widget = new Widget({ config, chunks: new Chunks(script, config.apiUrl), emit });
		calls?.forEach(act);
	};
	window.chtq = sdk;
	if (Array.isArray(before)) before.forEach((call) => sdk.push(call as [string]));
	if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
	else begin();
}

try {
	install();
} catch (error) {
	// Whatever it is, it must not become the page's problem.
	console.error('[ChatIQ]', error);
}
