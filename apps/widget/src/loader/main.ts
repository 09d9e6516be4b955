import type { Chatiq } from '@chatiq/widget';
import { complain } from './chunks.ts';
import { readConfig } from './config.ts';
import { off, on } from './events.ts';
import {
	hide,
	identify,
	leave,
	logout,
	setLanguage,
	setOpen,
	show,
	start,
	toggle
} from './widget.ts';

declare global {
	interface Window {
		/** Before the widget is there: options, or a queue of calls. After: the SDK. */
		chtq?: Chatiq | Partial<Record<string, string>> | [name: string, ...args: unknown[]][];
	}
}

const install = () => {
	// A page may have left anything under our name.
	const before = (window.chtq ?? []) as Partial<Chatiq & unknown[]>;
	const senseless = readConfig(before);
	if (before.destroy) {
		complain({ twice: true });
		return;
	}
	if (senseless) complain({ senseless });
	const sdk: Chatiq = {
		open: () => setOpen(true),
		close: () => setOpen(false),
		...{ toggle, show, hide, identify, logout, setLanguage, on, off },
		destroy: () => {
			leave();
			if (window.chtq === sdk) delete window.chtq;
		},
		push: (call) => {
			const [name, ...args] = [call].flat() as [keyof Chatiq, ...unknown[]];
			if (name in sdk) (sdk[name] as (...args: unknown[]) => void)(...args);
			else complain({ method: name });
		}
	};
	window.chtq = sdk;
	start();
	before.forEach?.(sdk.push as never);
};

// The bubble belongs behind everything else in the order of TAB. Calls queue in the page's stub until then.
if (document.body as HTMLElement | null) install();
else addEventListener('DOMContentLoaded', install);
