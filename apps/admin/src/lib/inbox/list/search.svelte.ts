import type { Found, InboxApi } from '../api.ts';
import { codeOf, type FailureCode } from '../failure.ts';

const typingPauseMs = 200;
/** `search_inbox` refuses more. */
export const longestQuestion = 200;

/** The search over messages and visitors: asked while one types, only the newest answer counts. */
export class Search {
	question = $state('');
	results = $state.raw<readonly Found[] | null>(null);
	hasMore = $state(false);
	loading = $state(false);
	failure = $state<FailureCode | null>(null);
	/** The list gives way to the results. */
	readonly active = $derived(this.question.trim() !== '');

	readonly #api: InboxApi;
	readonly #siteId: () => string | null;
	/** The question has an answer, or none any more: the address can name it. */
	onasked: (() => void) | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#asked = 0;

	constructor(api: InboxApi, siteId: () => string | null) {
		this.#api = api;
		this.#siteId = siteId;
	}

	ask(question: string): void {
		this.question = question.slice(0, longestQuestion);
		clearTimeout(this.#timer);
		if (this.active) this.#timer = setTimeout(() => void this.run(), typingPauseMs);
		else this.clear();
	}

	/** What an address asks for. */
	restore(question: string): void {
		if (question.trim() === this.question.trim()) return;
		this.question = question.slice(0, longestQuestion);
		if (this.active) void this.run();
		else this.clear();
	}

	clear(): void {
		clearTimeout(this.#timer);
		this.#asked++;
		this.question = '';
		this.results = null;
		this.hasMore = false;
		this.loading = false;
		this.failure = null;
		this.onasked?.();
	}

	async run(): Promise<void> {
		clearTimeout(this.#timer);
		this.onasked?.();
		await this.#fetch(null);
	}

	async more(): Promise<void> {
		const last = this.results?.at(-1);
		if (last && this.hasMore && !this.loading) await this.#fetch(last);
	}

	async #fetch(after: Found | null): Promise<void> {
		const turn = ++this.#asked;
		this.loading = true;
		this.failure = null;
		try {
			const page = await this.#api.search(this.question.trim(), this.#siteId(), after);
			if (turn !== this.#asked) return;
			this.results = after ? [...(this.results ?? []), ...page.results] : page.results;
			this.hasMore = page.has_more;
		} catch (error) {
			if (turn === this.#asked) this.failure = codeOf(error);
		} finally {
			if (turn === this.#asked) this.loading = false;
		}
	}
}
