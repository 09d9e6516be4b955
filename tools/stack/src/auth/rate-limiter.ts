import { AuthError } from './auth-error.ts';

type Window = { count: number; endsAt: number };

const swept = 10_000;

/** Counts per key in windows of fixed length, in memory: a restart forgives. */
export class RateLimiter {
	readonly #windows = new Map<string, Window>();
	readonly #now: () => number;

	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	/** Requests of one address; an absent limit lets everybody pass. */
	countRequest(kind: string, ip: string | null, limit: number | undefined, seconds: number): void {
		if (this.#take(`${kind} ${ip ?? ''}`, limit, seconds)) return;
		throw new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached');
	}

	/** Mails of the whole project. */
	countMail(limit: number | undefined): void {
		if (this.#take('mail', limit, 3600)) return;
		throw new AuthError(429, 'over_email_send_rate_limit', 'email rate limit exceeded');
	}

	#take(key: string, limit: number | undefined, seconds: number): boolean {
		if (limit === undefined) return true;
		const now = this.#now();
		if (this.#windows.size > swept) this.#sweep(now);
		const current = this.#windows.get(key);
		const window =
			current === undefined || current.endsAt <= now
				? { count: 0, endsAt: now + seconds * 1000 }
				: current;
		this.#windows.set(key, window);
		window.count++;
		return window.count <= limit;
	}

	#sweep(now: number): void {
		for (const [key, { endsAt }] of this.#windows) {
			if (endsAt <= now) this.#windows.delete(key);
		}
	}
}
