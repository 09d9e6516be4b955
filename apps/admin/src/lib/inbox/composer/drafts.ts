import type { Mode } from './writing.svelte.ts';

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** A browser that crashes takes no more than this with it. */
const storedAfterMs = 250;

/** What an operator has begun to write, per conversation; survives reloads and closed tabs. */
export class Drafts {
	/** Called after every change made here. */
	onwrite: ((conversationId: string, mode: Mode) => void) | null = null;

	readonly #storage: (() => DraftStorage) | null;
	readonly #operatorId: string;
	/** Where storage is full or forbidden, the draft lives at least as long as the page. */
	readonly #here = new Map<string, string>();
	/** Not yet stored: that takes longer than a key may. */
	readonly #unstored = new Set<string>();
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** `storage` is asked late: touching `localStorage` throws where it is forbidden. The server has none. */
	constructor(storage: (() => DraftStorage) | null, operatorId: string) {
		this.#storage = storage;
		this.#operatorId = operatorId;
	}

	read(conversationId: string, mode: Mode): string {
		return this.#get(this.#key(conversationId, mode));
	}

	write(conversationId: string, mode: Mode, text: string): void {
		this.#put(this.#key(conversationId, mode), text);
		this.onwrite?.(conversationId, mode);
	}

	/** A text from another device. */
	take(conversationId: string, mode: Mode, text: string): void {
		this.#put(this.#key(conversationId, mode), text);
		this.same(conversationId, mode, text);
	}

	/** The text was the same here and in the database. */
	same(conversationId: string, mode: Mode, text: string): void {
		this.#put(`${this.#key(conversationId, mode)}:same`, text);
	}

	sameAt(conversationId: string, mode: Mode): string {
		return this.#get(`${this.#key(conversationId, mode)}:same`);
	}

	/** Now, without waiting: the page is being left. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		for (const key of this.#unstored) this.#store(key);
		this.#unstored.clear();
	}

	#get(key: string): string {
		return this.#here.get(key) ?? this.#try((storage) => storage.getItem(key)) ?? '';
	}

	#put(key: string, text: string): void {
		this.#here.set(key, text);
		this.#unstored.add(key);
		// What was sent must not come back, whatever happens to the page.
		if (text === '') this.flush();
		else this.#timer ??= setTimeout(() => this.flush(), storedAfterMs);
	}

	#store(key: string): void {
		const text = this.#here.get(key) ?? '';
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
