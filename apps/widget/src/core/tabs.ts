import type { StartedConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';

/** What tabs of one site tell each other. It only saves a wait: each tab also finds out by itself. */
export type TabNews =
	| { kind: 'outbox_changed' }
	| { kind: 'message_stored'; message: Message; conversation?: StartedConversation['conversation'] }
	| { kind: 'logged_out' };

export class Tabs {
	readonly #channel: BroadcastChannel | null;

	constructor(name: string, onnews: (news: TabNews) => void) {
		this.#channel = open(name);
		this.#channel?.addEventListener('message', ({ data }: MessageEvent<TabNews>) => onnews(data));
	}

	tell(news: TabNews): void {
		this.#channel?.postMessage(news);
	}

	close(): void {
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
