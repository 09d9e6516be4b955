import type { Rating } from '@chatiq/contracts/realtime';
import type { InboxApi, Visitor } from './api.ts';

/** What is known around the messages of a conversation: who visits, and how they rated it. */
export class About {
	visitor = $state.raw<Visitor | null>(null);
	rating = $state.raw<Rating | null>(null);
	/** Counts what was told of the pages that the visitor has open. */
	pageNews = $state(0);

	readonly #id: string;
	readonly #api: Pick<InboxApi, 'visitor' | 'rating'>;
	/** Whom the team sees: after a merge another than the one who writes. */
	readonly #personId: () => string | null;

	constructor(
		id: string,
		api: Pick<InboxApi, 'visitor' | 'rating'>,
		personId: () => string | null
	) {
		this.#id = id;
		this.#api = api;
		this.#personId = personId;
	}

	async load(): Promise<void> {
		await Promise.all([this.#loadVisitor(), this.#loadRating()]);
	}

	/** An event said so; a lost answer is made up for by the next catch-up. */
	changed(): void {
		void this.#loadVisitor().catch(() => undefined);
	}

	async #loadVisitor(): Promise<void> {
		const id = this.#personId();
		if (id !== null) this.visitor = await this.#api.visitor(id);
	}

	async #loadRating(): Promise<void> {
		this.rating = await this.#api.rating(this.#id);
	}
}
