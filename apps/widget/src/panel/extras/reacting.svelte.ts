import type { Reactions } from '@chatiq/contracts/message';
import type { Entry } from '../../core/chat-view.ts';
import type { Chat } from '../../core/chat.ts';

export interface Shown {
	emoji: string;
	count: number;
	mine: boolean;
}

/** The visitor's reactions: seen at once, taken back when the server does not take them. */
export class Reacting {
	/** What is on its way, by message and emoji: on it or off it. */
	#pending = $state.raw<ReadonlyMap<string, boolean>>(new Map());
	readonly #chat: Chat;
	readonly #onfailed: () => void;

	constructor(chat: Chat, onfailed: () => void) {
		this.#chat = chat;
		this.#onfailed = onfailed;
	}

	of({ id, message }: Entry): Shown[] {
		const me = this.#chat.view.visitorId ?? '';
		const reactions: Reactions = { ...message?.reactions };
		for (const [key, on] of this.#pending) {
			const [messageId = '', emoji = ''] = key.split(' ');
			if (messageId !== id) continue;
			const others = (reactions[emoji] ?? []).filter((reactor) => reactor !== me);
			reactions[emoji] = on ? [...others, me] : others;
		}
		return Object.entries(reactions)
			.filter(([, reactors]) => reactors.length > 0)
			.map(([emoji, reactors]) => ({ emoji, count: reactors.length, mine: reactors.includes(me) }));
	}

	async toggle(entry: Entry, emoji: string): Promise<void> {
		const key = `${entry.id} ${emoji}`;
		// One at a time for each: a second click while the first is on its way would only take it back.
		if (this.#pending.has(key)) return;
		const on_message = !this.of(entry).some((shown) => shown.emoji === emoji && shown.mine);
		this.#pending = new Map([...this.#pending, [key, on_message]]);
		try {
			const args = { message_id: entry.id, emoji, on_message };
			this.#chat.conversation?.receive(await this.#chat.call('react_to_message', args));
		} catch {
			this.#onfailed();
		}
		this.#pending = new Map([...this.#pending].filter(([pending]) => pending !== key));
	}
}
