const bucketMs = 5000;
const buckets = 12;

/** Events per second averaged over the last minute, counted in completed five-second buckets. */
export class RateMeter {
	readonly limit: number;
	readonly #counts = new Map<number, number>();
	readonly #now: () => number;

	constructor(limit: number, now: () => number = Date.now) {
		this.limit = limit;
		this.#now = now;
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
		return sum / ((buckets * bucketMs) / 1000);
	}

	get exceeded(): boolean {
		return this.average() >= this.limit;
	}

	#bucket(): number {
		return Math.floor(this.#now() / bucketMs);
	}
}
