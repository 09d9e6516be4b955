import type { Mode } from './writing.svelte.ts';

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What an operator has begun to write, per conversation; survives reloads and closed tabs. */
export class Drafts {
	readonly #storage: (() => DraftStorage) | null;
	readonly #operatorId: string;
	/** Where storage is full or forbidden, the draft lives at least as long as the page. */
	readonly #here = new Map<string, string>();

	/** `storage` is asked late: touching `localStorage` throws where it is forbidden. The server has none. */
	constructor(storage: (() => DraftStorage) | null, operatorId: string) {
		this.#storage = storage;
		this.#operatorId = operatorId;
	}

	read(conversationId: string, mode: Mode): string {
		const key = this.#key(conversationId, mode);
		return this.#here.get(key) ?? this.#try((storage) => storage.getItem(key)) ?? '';
	}

	write(conversationId: string, mode: Mode, text: string): void {
		const key = this.#key(conversationId, mode);
		this.#here.set(key, text);
		this.#try((storage) => {
			if (text === '') storage.removeItem(key);
			else storage.setItem(key, text);
		});
	}

	#try<T>(run: (storage: DraftStorage) => T): T | null {
		if (!this.#storage) return null;
		try {
			return run(this.#storage());
		} catch (error) {
			console.warn('drafts cannot be stored', error);
			return null;
		}
	}

	/** Answers had their key before there were notes. */
	#key(conversationId: string, mode: Mode): string {
		const key = `draft:${this.#operatorId}:${conversationId}`;
		return mode === 'reply' ? key : `${key}:${mode}`;
	}
}
