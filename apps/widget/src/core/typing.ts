import type { Typing } from '@chatiq/contracts/message';

const sendEveryMs = 2500;
const staleMs = 6000;
const maxNameLength = 80;

interface TypingOptions {
	send: () => void;
	onchange: () => void;
}

/** Who of the team is writing, and telling them that the visitor is. */
export class TypingIndicator {
	/** The operator's name, empty if unknown; null when nobody writes. */
	name: string | null = null;

	readonly #options: TypingOptions;
	#sentAt = -Infinity;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: TypingOptions) {
		this.#options = options;
	}

	/** The visitor touched a key. */
	touched(): void {
		const now = performance.now();
		if (now - this.#sentAt < sendEveryMs) return;
		this.#sentAt = now;
		this.#options.send();
	}

	/** The text is sent: the next key begins another one. */
	finished(): void {
		this.#sentAt = -Infinity;
	}

	/** Anybody in the conversation can broadcast here: take nothing but a short name of an operator. */
	receive(payload: unknown): void {
		const { author_kind, name } = (payload ?? {}) as Partial<Record<keyof Typing, unknown>>;
		if (author_kind !== 'operator') return;
		this.#show(typeof name === 'string' ? name.slice(0, maxNameLength) : '');
		this.#timer = setTimeout(() => this.stop(), staleMs);
	}

	/** A message came, or the connection went. */
	stop(): void {
		if (this.name !== null) this.#show(null);
	}

	destroy(): void {
		clearTimeout(this.#timer);
	}

	#show(name: string | null): void {
		clearTimeout(this.#timer);
		this.name = name;
		this.#options.onchange();
	}
}
