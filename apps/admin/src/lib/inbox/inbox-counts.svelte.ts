import type { InboxCounts } from '@chatiq/contracts/conversation';
import type { InboxApi } from './api.ts';
import { coalesce } from './coalesce.ts';

const delayMs = 1000;

/** How much each view of the chosen site holds. A help, not a promise: it follows a moment after the last change. */
export class Counts {
	/** Null until the database has told. */
	current = $state.raw<InboxCounts | null>(null);

	readonly now = coalesce(() => this.#count());

	readonly #api: Pick<InboxApi, 'countInbox'>;
	readonly #siteId: () => string | null;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(api: Pick<InboxApi, 'countInbox'>, siteId: () => string | null) {
		this.#api = api;
		this.#siteId = siteId;
	}

	soon(): void {
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			void this.now();
		}, delayMs);
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	async #count(): Promise<void> {
		const siteId = this.#siteId();
		try {
			const counts = await this.#api.countInbox(siteId);
			if (siteId === this.#siteId()) this.current = counts;
		} catch {
			// The list itself tells of a failure; with the next change they are asked for again.
		}
	}
}
