import { backoffMs } from './backoff.ts';
import { subjectOf } from './identity.ts';
import type { KeyValue } from './key-value.ts';
import { RequestFailed } from './request.ts';
import type { Session } from './session.ts';

interface IdentificationOptions {
	session: Session;
	storage: KeyValue;
	/** Where the browser keeps for whom its session was verified. */
	key: string;
	/** Takes away what was said before; `left` is true when it was surely somebody else. */
	onstranger: (left: boolean) => void;
	/** Brings the history of the session, which is good now. */
	restore: (refreshToken: string) => Promise<void>;
	report: (error: unknown) => void;
	onchange: () => void;
}

/** Becoming the visitor that the customer's server vouches for; goes on until there is an answer. */
export class Identification {
	/** The identity is not confirmed yet, and neither is the history that belongs to it. */
	underWay = false;

	readonly #options: IdentificationOptions;
	/** The newest one; an older one stops trying. */
	#identity: string | null = null;

	constructor(options: IdentificationOptions) {
		this.#options = options;
	}

	async begin(identity: string): Promise<void> {
		const { session, storage, key, onstranger } = this.#options;
		const subject = subjectOf(identity);
		session.identify(identity);
		// Another person on this browser must not see what was said before, not even for a moment.
		const before = storage.get(key);
		if (subject !== before) onstranger(before !== null);
		this.#identity = identity;
		this.#set(true);
		for (let attempt = 0; this.underWay && this.#identity === identity; attempt++) {
			await this.#try(subject, attempt);
		}
	}

	/** The visitor logs out, or the page goes. */
	end(): void {
		this.#identity = null;
		this.underWay = false;
	}

	async #try(subject: string, attempt: number): Promise<void> {
		const { session, storage, key, restore, report } = this.#options;
		try {
			const { refresh_token } = await session.ensure();
			storage.set(key, subject);
			await restore(refresh_token);
			this.#set(false);
		} catch (error) {
			report(error);
			if (error instanceof RequestFailed && error.temporary) await pause(backoffMs(attempt));
			else this.#set(false);
		}
	}

	#set(underWay: boolean): void {
		this.underWay = underWay;
		this.#options.onchange();
	}
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
