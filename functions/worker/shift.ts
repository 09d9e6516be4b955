import { logError } from '../_shared/log.ts';
import { Batch, type BatchOptions } from './batch.ts';

interface ShiftOptions extends Omit<BatchOptions, 'signal'> {
	/** Has the rest done by another call. */
	goOn: () => Promise<void>;
}

/** The work of this process: one batch at a time, however often it is woken. */
export class Shift {
	readonly #options: ShiftOptions;
	readonly #ending = new AbortController();
	#batch: Batch | null = null;

	constructor(options: ShiftOptions) {
		this.#options = options;
	}

	/** The batch that begins; null when one is under way, which looks again before it ends. */
	wake(): Promise<void> | null {
		if (this.#ending.signal.aborted) return null;
		if (this.#batch) {
			this.#batch.wake();
			return null;
		}
		this.#batch = new Batch({ ...this.#options, signal: this.#ending.signal });
		return this.#run(this.#batch);
	}

	/** Takes nothing new; what runs may finish. */
	end(): void {
		this.#ending.abort();
	}

	async #run(batch: Batch): Promise<void> {
		let more = false;
		try {
			more = await batch.run();
		} catch (error) {
			// The database is away. What was claimed is due again when its lease ends; the schedule wakes us.
			logError('shift', error);
		} finally {
			this.#batch = null;
		}
		if (more && !this.#ending.signal.aborted) await this.#options.goOn();
	}
}
