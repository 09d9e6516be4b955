const buckets = 12;

/** Events per second averaged over a window, a minute as a rule, counted in completed twelfths of it. */
export class RateMeter {
	readonly limit: number;
	readonly #counts = new Map<number, number>();
	readonly #windowMs: number;
	readonly #now: () => number;

	constructor(limit: number, options: { windowMs?: number; now?: () => number } = {}) {
		this.limit = limit;
		this.#windowMs = options.windowMs ?? 60_000;
		this.#now = options.now ?? Date.now;
	}

	add(events = 1): void {
		const bucket = this.#bucket();
		this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + events);
		for (const old of this.#counts.keys()) {
			if (old >= bucket - buckets) break;
			this.#counts.delete(old);
		}
	}

	average(): number {
		const current = this.#bucket();
		let sum = 0;
		for (const [bucket, count] of this.#counts) {
			if (bucket < current && bucket >= current - buckets) sum += count;
		}
		return sum / (this.#windowMs / 1000);
	}

	get exceeded(): boolean {
		return this.average() >= this.limit;
	}

	#bucket(): number {
		return Math.floor(this.#now() / (this.#windowMs / buckets));
	}
}
