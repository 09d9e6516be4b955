import type { Log } from './options.ts';

/** Whether a database stream runs, and those who wait for it. */
export class StreamState {
	readonly #log: Log;
	readonly #waiting = new Set<(up: boolean) => void>();
	#lostBecause: unknown;
	#up = false;

	constructor(log: Log) {
		this.#log = log;
	}

	get up(): boolean {
		return this.#up;
	}

	get lostBecause(): unknown {
		return this.#lostBecause;
	}

	/** Waits for the stream; false when it did not come in time. */
	ready(timeoutMs: number): Promise<boolean> {
		if (this.#up) return Promise.resolve(true);
		return new Promise((resolve) => {
			const settle = (up: boolean): void => {
				clearTimeout(timer);
				this.#waiting.delete(settle);
				resolve(up);
			};
			const timer = setTimeout(() => settle(false), timeoutMs);
			this.#waiting.add(settle);
		});
	}

	rise(): void {
		this.#up = true;
		this.#lostBecause = undefined;
		for (const settle of this.#waiting) settle(true);
	}

	/** Reports the first failure of an outage, not every attempt to end it. */
	fall(cause: unknown): void {
		this.#up = false;
		if (this.#lostBecause === undefined) {
			const message = cause instanceof Error ? cause.message : String(cause);
			this.#log({ level: 'warning', code: 'ReplicationConnectionLost', message });
		}
		this.#lostBecause = cause;
	}

	/** Nobody needs to wait any longer. */
	end(): void {
		this.#up = false;
		for (const settle of this.#waiting) settle(false);
	}
}
