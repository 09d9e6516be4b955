import type { Typing } from '@chatiq/contracts/message';

export type Writer = Pick<Typing, 'author_kind' | 'author_id'>;

const shownMs = 6000;

/** Who is writing right now. Payloads come from other clients, so a name in them means nothing. */
export class TypingList {
	writers = $state.raw<readonly Writer[]>([]);

	readonly #known: (writer: Writer) => boolean;
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

	/** `known` says whether such a person may be writing here; everybody else is ignored. */
	constructor(known: (writer: Writer) => boolean) {
		this.#known = known;
	}

	receive(payload: unknown): void {
		if (!names(payload) || !this.#known(payload)) return;
		const { author_kind, author_id } = payload;
		clearTimeout(this.#timers.get(author_id));
		this.#timers.set(
			author_id,
			setTimeout(() => this.stop(author_id), shownMs)
		);
		if (!this.writers.some((writer) => writer.author_id === author_id)) {
			this.writers = [...this.writers, { author_kind, author_id }];
		}
	}

	/** Their message has arrived, or they stopped. */
	stop(authorId: string): void {
		clearTimeout(this.#timers.get(authorId));
		this.#timers.delete(authorId);
		const others = this.writers.filter((writer) => writer.author_id !== authorId);
		// Most messages come from somebody who was not seen to write: then nothing is drawn anew.
		if (others.length < this.writers.length) this.writers = others;
	}

	clear(): void {
		for (const { author_id } of this.writers) this.stop(author_id);
	}
}

function names(payload: unknown): payload is Writer {
	if (typeof payload !== 'object' || payload === null) return false;
	if (!('author_kind' in payload) || !('author_id' in payload)) return false;
	return (
		(payload.author_kind === 'visitor' || payload.author_kind === 'operator') &&
		typeof payload.author_id === 'string'
	);
}
