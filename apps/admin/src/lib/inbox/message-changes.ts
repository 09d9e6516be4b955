import type { Message, ReactionChanged } from '@chatiq/contracts/message';
import { pageSize, type InboxApi } from './api.ts';
import type { MessageWindow } from './message-window.svelte.ts';

interface Options {
	id: string;
	api: InboxApi;
	window: Pick<MessageWindow, 'replace' | 'react'>;
	/** An event told of a change, and one before it is not known. */
	onmissed: () => void;
}

/** Edits, redactions and reactions of one conversation, in their order and without gaps. */
export class MessageChanges {
	readonly #options: Options;
	/** `change_seq` up to which nothing was missed. */
	#position = 0;

	constructor(options: Options) {
		this.#options = options;
	}

	/** These messages are loaded with all their changes, those up to `known` at least. */
	holds(messages: readonly Message[], known = 0): void {
		const newest = messages.map(({ change_seq }) => change_seq);
		this.#position = Math.max(this.#position, known, ...newest);
	}

	update(message: Message): void {
		this.#options.window.replace(message);
		this.#advance(message.change_seq);
	}

	react(change: ReactionChanged): void {
		this.#options.window.react(change);
		this.#advance(change.change_seq);
	}

	async catchUp(): Promise<void> {
		const { api, id, window } = this.#options;
		let page: Message[];
		do {
			page = await api.messageChangesAfter(id, this.#position);
			for (const message of page) window.replace(message);
			this.holds(page);
		} while (page.length === pageSize.after);
	}

	#advance(place: number): void {
		if (place === this.#position + 1) this.#position = place;
		else if (place > this.#position) this.#options.onmissed();
	}
}
