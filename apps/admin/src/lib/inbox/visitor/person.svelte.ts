import type { SameVisitor } from '@chatiq/contracts/visitor';
import type { Visitor } from '../api.ts';
import type { VisitorPage } from './visit.ts';
import type { EarlierConversation, VisitorApi } from './visitor-api.ts';

/** What the card tells of a person beside the person itself; each part comes when it comes. */
export class Person {
	/** Visitors that the team sees as this one. */
	merged = $state.raw<readonly Visitor[]>([]);
	/** Others who may be the same. */
	alike = $state.raw<readonly SameVisitor[]>([]);
	pages = $state.raw<readonly VisitorPage[] | null>(null);
	conversations = $state.raw<readonly EarlierConversation[] | null>(null);
	conversationsFailed = $state(false);

	readonly #api: VisitorApi;
	#id: string | null = null;

	constructor(api: VisitorApi) {
		this.#api = api;
	}

	/** After anything about the person has changed. */
	async load(id: string): Promise<void> {
		if (id !== this.#id) this.#forget(id);
		void this.#loadAlike(id);
		// Without it the person still has its own pages and conversations.
		const merged = await this.#api.merged(id).catch(() => this.merged);
		if (id !== this.#id) return;
		this.merged = merged;
		await Promise.all([this.loadPages(), this.#loadConversations(id)]);
	}

	/** What was last known stays while it cannot be had. */
	async loadPages(): Promise<void> {
		const id = this.#id;
		const pages = await this.#api.pages(this.#ids).catch(() => this.pages ?? []);
		if (id === this.#id) this.pages = pages;
	}

	get #ids(): string[] {
		return this.#id === null ? [] : [this.#id, ...this.merged.map((visitor) => visitor.id)];
	}

	async #loadAlike(id: string): Promise<void> {
		// A suggestion that does not come is none.
		const alike = await this.#api.alike(id).catch(() => []);
		if (id === this.#id) this.alike = alike;
	}

	async #loadConversations(id: string): Promise<void> {
		try {
			const conversations = await this.#api.conversations(this.#ids);
			if (id !== this.#id) return;
			this.conversations = conversations;
			this.conversationsFailed = false;
		} catch {
			if (id === this.#id) this.conversationsFailed = this.conversations === null;
		}
	}

	#forget(id: string): void {
		this.#id = id;
		this.merged = [];
		this.alike = [];
		this.pages = null;
		this.conversations = null;
	}
}
