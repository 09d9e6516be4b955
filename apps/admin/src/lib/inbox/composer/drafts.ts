type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What an operator has begun to write, per conversation; survives reloads and closed tabs. */
export class Drafts {
	readonly #storage: () => DraftStorage;
	readonly #operatorId: string;
	/** Where storage is full or forbidden, the draft lives at least as long as the page. */
	readonly #here = new Map<string, string>();

	/** `storage` is asked late: touching `localStorage` throws where it is forbidden. */
	constructor(storage: () => DraftStorage, operatorId: string) {
		this.#storage = storage;
		this.#operatorId = operatorId;
	}

	read(conversationId: string): string {
		const here = this.#here.get(conversationId);
		if (here !== undefined) return here;
		return this.#try((storage) => storage.getItem(this.#key(conversationId))) ?? '';
	}

	write(conversationId: string, text: string): void {
		this.#here.set(conversationId, text);
		this.#try((storage) => {
			if (text === '') storage.removeItem(this.#key(conversationId));
			else storage.setItem(this.#key(conversationId), text);
		});
	}

	#try<T>(run: (storage: DraftStorage) => T): T | null {
		try {
			return run(this.#storage());
		} catch (error) {
			console.warn('drafts cannot be stored', error);
			return null;
		}
	}

	#key(conversationId: string): string {
		return `draft:${this.#operatorId}:${conversationId}`;
	}
}
