import type { ConversationEvent } from '@chatiq/contracts/conversation';

/** What was done with one conversation, oldest first: who took it, who closed it. */
export class EventLog {
	list = $state.raw<readonly ConversationEvent[]>([]);

	readonly #load: () => Promise<ConversationEvent[]>;

	constructor(load: () => Promise<ConversationEvent[]>) {
		this.#load = load;
	}

	receive(event: ConversationEvent): void {
		this.#take([event]);
	}

	/** Asks for the newest: whatever an event did not bring comes with them. */
	async catchUp(): Promise<void> {
		this.#take(await this.#load());
	}

	#take(events: readonly ConversationEvent[]): void {
		const known = new Set(this.list.map(({ id }) => id));
		const fresh = events.filter(({ id }) => !known.has(id));
		if (fresh.length > 0) this.list = [...this.list, ...fresh].sort((a, b) => a.id - b.id);
	}
}
