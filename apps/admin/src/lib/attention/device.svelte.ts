import { createContext } from 'svelte';
import { Chime } from './chime.svelte.ts';
import { Desktop } from './desktop.svelte.ts';
import { Install } from './install.svelte.ts';

/** By what this browser can be noticed. */
export class Device {
	readonly chime = new Chime();
	readonly desktop = new Desktop();
	readonly install = new Install();

	/** Call the result to stop. `open` goes to a page when a notification of the system was clicked. */
	connect(open: (path: string) => void): () => void {
		const stops = [this.chime.connect(), this.install.connect(), listen(open)];
		return () => {
			for (const stop of stops) stop();
		};
	}
}

function listen(open: (path: string) => void): () => void {
	const stop = new AbortController();
	if (!('serviceWorker' in navigator)) return () => undefined;
	navigator.serviceWorker.addEventListener(
		'message',
		({ data, ports }: MessageEvent<unknown>) => {
			if (typeof data !== 'object' || data === null || !('open' in data)) return;
			if (typeof data.open !== 'string' || !data.open.startsWith('/')) return;
			ports[0]?.postMessage(true);
			open(data.open);
		},
		{ signal: stop.signal }
	);
	return () => stop.abort();
}

export const [getDevice, setDevice] = createContext<Device>();
