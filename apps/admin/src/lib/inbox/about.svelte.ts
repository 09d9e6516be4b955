import type { Rating } from '@chatiq/contracts/realtime';
import type { InboxApi, Visitor } from './api.ts';

/** What is known around the messages of a conversation: who visits, and how they rated it. */
export class About {
	visitor = $state.raw<Visitor | null>(null);
	rating = $state.raw<Rating | null>(null);

	readonly #id: string;
	readonly #api: Pick<InboxApi, 'visitor' | 'rating'>;
	readonly #visitorId: () => string | null;

	constructor(
		id: string,
		api: Pick<InboxApi, 'visitor' | 'rating'>,
		visitorId: () => string | null
	) {
		this.#id = id;
		this.#api = api;
		this.#visitorId = visitorId;
	}

	async load(): Promise<void> {
		await Promise.all([this.#loadVisitor(), this.#loadRating()]);
	}

	/** An event said so; a lost answer is made up for by the next catch-up. */
	changed(): void {
		void this.#loadVisitor().catch(() => undefined);
	}

	async #loadVisitor(): Promise<void> {
		const id = this.#visitorId();
		if (id !== null) this.visitor = await this.#api.visitor(id);
	}

	async #loadRating(): Promise<void> {
		this.rating = await this.#api.rating(this.#id);
	}
}
