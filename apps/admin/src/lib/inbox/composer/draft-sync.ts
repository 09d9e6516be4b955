import type { Drafts } from './drafts.ts';
import type { Mode } from './writing.svelte.ts';

export type Texts = Partial<Record<Mode, string>>;

export interface DraftApi {
	/** What was begun on any device. */
	read: (conversationId: string) => Promise<Texts>;
	save: (conversationId: string, mode: Mode, text: string) => Promise<void>;
}

interface Waiting {
	conversationId: string;
	mode: Mode;
	/** When the pause is long enough; each key puts it off. */
	due: number;
	/** Without one it waits for a connection. */
	timer?: ReturnType<typeof setTimeout>;
}

const modes = ['reply', 'note'] as const;
const pauseMs = 1500;

/**
 * Carries drafts to the operator's other devices. What is here wins when it was changed since both were the same: nobody
 * loses what stands before their eyes. A failure loses nothing either, the text is kept here.
 */
export class DraftSync {
	readonly #api: DraftApi;
	readonly #drafts: Drafts;
	/** What waits for the next pause, or for a connection. */
	readonly #waiting = new Map<string, Waiting>();

	constructor(api: DraftApi, drafts: Drafts) {
		this.#api = api;
		this.#drafts = drafts;
		drafts.onwrite = (conversationId, mode) => this.#pushSoon(conversationId, mode);
	}

	/** Answers the texts that came from another device and are the drafts from now on. */
	async pull(conversationId: string): Promise<Texts> {
		const adopted: Texts = {};
		try {
			const there = await this.#api.read(conversationId);
			for (const mode of modes) {
				const text = there[mode] ?? '';
				const here = this.#drafts.read(conversationId, mode);
				if (here === text) this.#drafts.same(conversationId, mode, text);
				else if (here === this.#drafts.sameAt(conversationId, mode)) {
					this.#drafts.take(conversationId, mode, text);
					adopted[mode] = text;
				} else this.#pushSoon(conversationId, mode);
			}
		} catch (error) {
			console.warn('drafts of other devices cannot be had', error);
		}
		return adopted;
	}

	/** Now, without waiting for a pause: the page is being left, or the connection is back. */
	flush(): void {
		for (const { conversationId, mode } of [...this.#waiting.values()])
			void this.#push(conversationId, mode);
	}

	#pushSoon(conversationId: string, mode: Mode): void {
		const key = `${conversationId}:${mode}`;
		const due = Date.now() + pauseMs;
		const waiting = this.#waiting.get(key) ?? { conversationId, mode, due };
		waiting.due = due;
		this.#waiting.set(key, waiting);
		// A timer for every key would cost more than all else that a key does here.
		if (waiting.timer === undefined) this.#arm(waiting);
	}

	#arm(waiting: Waiting): void {
		waiting.timer = setTimeout(() => {
			if (Date.now() < waiting.due) this.#arm(waiting);
			else void this.#push(waiting.conversationId, waiting.mode);
		}, waiting.due - Date.now());
	}

	async #push(conversationId: string, mode: Mode): Promise<void> {
		const key = `${conversationId}:${mode}`;
		clearTimeout(this.#waiting.get(key)?.timer);
		this.#waiting.delete(key);
		const text = this.#drafts.read(conversationId, mode);
		if (text === this.#drafts.sameAt(conversationId, mode)) return;
		try {
			await this.#api.save(conversationId, mode, text);
			this.#drafts.same(conversationId, mode, text);
		} catch (error) {
			console.warn('a draft could not be carried to other devices', error);
			if (!this.#waiting.has(key)) this.#waiting.set(key, { conversationId, mode, due: 0 });
		}
	}
}
