/** What an operator has begun to write, per conversation; survives reloads and closed tabs. */
export class Drafts {
	readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
	readonly #operatorId: string;
	/** Where storage is full or forbidden, the draft lives at least as long as the page. */
	readonly #here = new Map<string, string>();

	constructor(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, operatorId: string) {
		this.#storage = storage;
		this.#operatorId = operatorId;
	}

	read(conversationId: string): string {
		const here = this.#here.get(conversationId);
		if (here !== undefined) return here;
		return this.#storage.getItem(this.#key(conversationId)) ?? '';
	}

	write(conversationId: string, text: string): void {
		this.#here.set(conversationId, text);
		try {
			if (text === '') this.#storage.removeItem(this.#key(conversationId));
			else this.#storage.setItem(this.#key(conversationId), text);
		} catch (error) {
			console.warn('the draft could not be stored', error);
		}
	}

	#key(conversationId: string): string {
		return `draft:${this.#operatorId}:${conversationId}`;
	}
}
