import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { Rating } from '@chatiq/contracts/realtime';
import type { InboxApi, Visitor } from './api.ts';
import { coalesce } from './coalesce.ts';

/** What is done with a visitor in the card beside the conversation. */
export type VisitorAction = 'block' | 'merge' | 'export' | 'erase';

/** What is known around the messages of a conversation: who visits, and how they rated it. */
export class About {
	visitor = $state.raw<Visitor | null>(null);
	rating = $state.raw<Rating | null>(null);
	/** Counts what was told of the pages that the visitor has open. */
	pageNews = $state(0);
	/** Asked for elsewhere; the part of the card that does it takes it, as soon as it is there. */
	wanted = $state<VisitorAction | null>(null);

	readonly #id: string;
	readonly #api: Pick<InboxApi, 'visitor' | 'rating'>;
	/** Whom the team sees: after a merge another than the one who writes. */
	readonly #personId: () => string | null;
	/** One after the other: an answer of before a change must not come after the one that has it. */
	readonly #loadVisitor = coalesce(() => this.#askVisitor());
	#told: string | null = null;

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

	/**
	 * The list names the visitor too, and hears of it by other ways: events, and what it catches up with. What it says
	 * anew is read anew, so the card never stays behind its own heading.
	 */
	named({ person_id, visitor_name, visitor_email, visitor_verified }: MyInboxConversation): void {
		const told = JSON.stringify([person_id, visitor_name, visitor_email, visitor_verified]);
		const before = this.#told;
		this.#told = told;
		if (before !== null && before !== told) this.changed();
	}

	async #askVisitor(): Promise<void> {
		const id = this.#personId();
		if (id !== null) this.visitor = await this.#api.visitor(id);
	}

	async #loadRating(): Promise<void> {
		this.rating = await this.#api.rating(this.#id);
	}
}
