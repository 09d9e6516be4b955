import type { StartedConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';

/** What tabs of one site tell each other. It only saves a wait: each tab also finds out by itself. */
export type TabNews =
	| { kind: 'outbox_changed' }
	| {
			kind: 'message_stored';
			message: Message;
			/** Of the first message; only the tab that chose a new one goes there. */
			conversation?: StartedConversation['conversation'];
			chosen: boolean;
	  }
	| { kind: 'logged_out' };

export class Tabs {
	readonly #name: string;
	readonly #channel: BroadcastChannel | null;
	#closed = false;

	constructor(name: string, onnews: (news: TabNews) => void) {
		this.#name = name;
		this.#channel = open(name);
		this.#channel?.addEventListener('message', ({ data }: MessageEvent<TabNews>) => onnews(data));
	}

	tell(news: TabNews): void {
		if (!this.#closed) return this.#channel?.postMessage(news);
		// A text may be stored after the widget was taken away, and a closed channel throws.
		const channel = open(this.#name);
		channel?.postMessage(news);
		channel?.close();
	}

	close(): void {
		this.#closed = true;
		this.#channel?.close();
	}
}

/** Null in pages whose storage is blocked: they have nothing to share. */
function open(name: string): BroadcastChannel | null {
	try {
		return new BroadcastChannel(name);
	} catch {
		return null;
	}
}
