import { createSubscriber } from 'svelte/reactivity';

const everyMs = 20_000;

/** The time now, for texts like "4 min": ticks only while something on the page reads it. */
class Clock {
	readonly #subscribe = createSubscriber((update) => {
		const ticking = setInterval(update, everyMs);
		return () => clearInterval(ticking);
	});

	get now(): number {
		this.#subscribe();
		return Date.now();
	}
}

export const clock = new Clock();
