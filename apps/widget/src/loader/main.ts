import type { Chatiq, ChatiqEvents } from '@chatiq/widget';
import { complain, findChunksAt } from './chunks.ts';
import { readConfig } from './config.ts';
import { createWidget } from './widget.ts';

declare global {
	interface Window {
		/** Before the widget is there: options, or a queue of calls. After: the SDK. */
		chtq?: Chatiq | Partial<Record<string, string>> | [name: string, ...args: unknown[]][];
	}
}

type Listener = (detail: never) => void;

// Only readable while the script runs for the first time.
const script = document.currentScript as HTMLScriptElement | null;

function install(): void {
	const before = window.chtq ?? [];
	const [config, senseless] = readConfig(script, before);
	findChunksAt(script?.src || `${config.apiUrl}/`);
	// A page may have left anything under our name.
	if ('destroy' in Object(before)) {
		complain({ twice: true });
		return;
	}
	if (Object.keys(senseless)[0]) complain({ senseless });
	if (!config.siteKey) return;
	// Without a prototype: a page may ask for any name.
	const listeners: Partial<Record<string, Set<Listener>>> = { __proto__: null as never };
	const widget = createWidget({
		config,
		nonce: script?.nonce,
		// In a task of its own: what the page throws is the page's, and does not stop the widget.
		emit: (name: keyof ChatiqEvents, detail?: unknown) =>
			listeners[name]?.forEach((listener) => setTimeout(listener, 0, detail))
	});
	const sdk: Chatiq = {
		...widget,
		destroy: () => {
			widget.destroy();
			if (window.chtq === sdk) delete window.chtq;
		},
		on: (name, listener) => {
			(listeners[name] ??= new Set()).add(listener);
		},
		off: (name, listener) => {
			listeners[name]?.delete(listener);
		},
		push: (call) => {
			const [name, ...args] = [call].flat() as [keyof Chatiq, ...unknown[]];
			if (name in sdk) (sdk[name] as (...args: unknown[]) => void)(...args);
			else complain({ method: name });
		}
	};
	window.chtq = sdk;
	if (Array.isArray(before)) before.forEach(sdk.push);
}

// The bubble belongs behind everything else in the order of TAB. Calls queue in the page's stub until then.
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', install);
else install();
