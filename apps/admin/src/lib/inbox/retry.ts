import { retryDelay } from './retry-delay.ts';

/** Runs something again later, each time later than before until it has succeeded. */
export class Retry {
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	later(run: () => Promise<void>): void {
		this.stop();
		this.#failures += 1;
		this.#timer = setTimeout(() => void run(), retryDelay(this.#failures));
	}

	succeeded(): void {
		this.stop();
		this.#failures = 0;
	}

	stop(): void {
		clearTimeout(this.#timer);
	}
}
