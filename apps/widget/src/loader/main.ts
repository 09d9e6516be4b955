import type { Chatiq, ChatiqEvents } from '@chatiq/widget';
import { readConfig, warn } from './config.ts';
import { createWidget } from './widget.ts';

declare global {
	interface Window {
		/** Before the widget is there: options, or a queue of calls. After: the SDK. */
		chtq?: Chatiq | Partial<Record<string, string>> | [name: string, ...args: unknown[]][];
	}
}

// Only readable while the script runs for the first time.
const script = document.currentScript as HTMLScriptElement | null;

function install(): void {
	const before = window.chtq ?? [];
	// A page may have left anything under our name.
	if ('destroy' in Object(before)) {
		warn('included twice.');
		return;
	}
	const config = readConfig(script, before);
	if (!config) return;
	const listeners = new Map<string, Set<(detail: never) => void>>();
	const widget = createWidget({
		config,
		script,
		// In a task of its own: what the page throws is the page's, and does not stop the widget.
		emit: (name: keyof ChatiqEvents, detail?: unknown) =>
			listeners.get(name)?.forEach((listener) => setTimeout(listener, 0, detail))
	});
	const sdk: Chatiq = {
		...widget,
		destroy: () => {
			widget.destroy();
			listeners.clear();
			if (window.chtq === sdk) delete window.chtq;
		},
		on: (name, listener) => {
			listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
		},
		off: (name, listener) => {
			listeners.get(name)?.delete(listener);
		},
		push: (call) => {
			const [name, ...args] = [call].flat() as [keyof Chatiq, ...unknown[]];
			if (name in sdk) (sdk[name] as (...args: unknown[]) => void)(...args);
			else warn(`${name}() is no method.`);
		}
	};
	window.chtq = sdk;
	if (Array.isArray(before)) before.forEach(sdk.push);
}

// The bubble belongs behind everything else in the order of TAB. Calls queue in the page's stub until then.
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', install);
else install();
