import type { ListedConversation } from '@chatiq/contracts/conversation';
import type { Chat } from '../../core/chat.ts';

const pageRows = 20;
/** Each is a topic to join: what happens in older conversations shows with the next focus or reconnect. */
const maxWatched = 4;

/** The visitor's conversations. Events of the others only hint; the server's list is the truth. */
export class ListState {
	rows = $state.raw<readonly ListedConversation[]>([]);
	hasMore = $state.raw(false);
	phase = $state.raw<'loading' | 'ready' | 'failed'>('loading');

	readonly #chat: Chat;
	#refreshing: Promise<void> | null = null;
	#again = false;

	constructor(chat: Chat) {
		this.#chat = chat;
	}

	/** Calls during a fetch lead to one more. */
	refresh(): Promise<void> {
		this.#again = true;
		this.#refreshing ??= this.#loop().finally(() => {
			this.#refreshing = null;
		});
		return this.#refreshing;
	}

	async loadMore(): Promise<void> {
		const last = this.rows.at(-1);
		if (!last) return;
		try {
			const page = await this.#chat.call('list_visitor_conversations', {
				before: last.last_message_at,
				before_id: last.id,
				max_rows: pageRows
			});
			const known = new Set(this.rows.map(({ id }) => id));
			this.rows = [...this.rows, ...page.conversations.filter(({ id }) => !known.has(id))];
			this.hasMore = page.has_more;
			this.phase = 'ready';
		} catch {
			this.phase = 'failed';
		}
	}

	async #loop(): Promise<void> {
		while (this.#again) {
			this.#again = false;
			try {
				await this.#fetch();
				this.phase = 'ready';
			} catch {
				this.phase = 'failed';
			}
		}
	}

	async #fetch(): Promise<void> {
		const page = await this.#chat.call('list_visitor_conversations', { max_rows: pageRows });
		const fresh = new Set(page.conversations.map(({ id }) => id));
		// Pages that were loaded stay; what moved up is in the first page now.
		const older = this.rows.slice(pageRows).filter(({ id }) => !fresh.has(id));
		this.rows = [...page.conversations, ...(page.has_more ? older : [])];
		if (older.length === 0) this.hasMore = page.has_more;
		const here = this.#chat.view.conversationId;
		const current = this.rows.find(({ id }) => id === here);
		this.#chat.setElsewhere(
			Math.max(this.rows.length, page.has_more ? pageRows + 1 : 0),
			page.unread_count - (current?.unread_count ?? 0)
		);
		const others = this.rows.filter(({ id }) => id !== here).map(({ id }) => id);
		this.#chat.watch(others.slice(0, maxWatched));
	}
}
