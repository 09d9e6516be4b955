import { SvelteMap } from 'svelte/reactivity';

/** Whether news arrive: the browser has a network, and every topic of the view is joined. */
export class Connection {
	#online = $state(true);
	readonly #topics = new SvelteMap<string, boolean>();

	readonly state = $derived.by((): 'live' | 'reconnecting' | 'offline' => {
		if (!this.#online) return 'offline';
		return [...this.#topics.values()].every((joined) => joined) ? 'live' : 'reconnecting';
	});

	report(topic: string, state: 'joined' | 'lost' | 'left'): void {
		if (state === 'left') this.#topics.delete(topic);
		else this.#topics.set(topic, state === 'joined');
	}

	/** Follows the browser's own idea of being online; call the result to stop. */
	connect(): () => void {
		const stop = new AbortController();
		const update = () => (this.#online = navigator.onLine);
		update();
		window.addEventListener('online', update, { signal: stop.signal });
		window.addEventListener('offline', update, { signal: stop.signal });
		return () => stop.abort();
	}
}
