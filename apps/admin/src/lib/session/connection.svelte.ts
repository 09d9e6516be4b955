/** Whether news arrive: the browser has a network, and every topic of the view is joined. */
export class Connection {
	#online = $state(true);
	#topics = $state.raw<ReadonlyMap<string, boolean>>(new Map());

	readonly state = $derived.by((): 'live' | 'reconnecting' | 'offline' => {
		if (!this.#online) return 'offline';
		return [...this.#topics.values()].every((joined) => joined) ? 'live' : 'reconnecting';
	});

	report(topic: string, state: 'joined' | 'lost' | 'left'): void {
		const topics = new Map(this.#topics);
		if (state === 'left') topics.delete(topic);
		else topics.set(topic, state === 'joined');
		this.#topics = topics;
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
