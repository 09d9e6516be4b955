import type { Message, ReactionChanged } from '@chatiq/contracts/message';
import { mergeMessages } from './merge-messages.ts';

/** A loaded stretch of a conversation, without gaps. */
export class MessageWindow {
	messages = $state.raw<readonly Message[]>([]);
	/** The last change of length was history at the top: the list keeps its place on the screen. */
	grewAtTop = $state(false);

	readonly #ids = new Set<string>();

	get lastSeq(): number {
		return this.messages.at(-1)?.seq ?? 0;
	}

	get firstSeq(): number {
		return this.messages[0]?.seq ?? 1;
	}

	get hasOlder(): boolean {
		return this.firstSeq > 1;
	}

	holds(seq: number): boolean {
		return this.messages.length > 0 && seq >= this.firstSeq && seq <= this.lastSeq;
	}

	has(id: string): boolean {
		// Ids come with messages: whoever asks is told when there are others.
		return this.messages.length > 0 && this.#ids.has(id);
	}

	/** The newest messages; what is older than a gap before them is let go. */
	showEnd(newest: readonly Message[]): void {
		const gap = (newest[0]?.seq ?? 0) > this.lastSeq + 1;
		this.grewAtTop = false;
		this.#take(newest, gap ? newest : mergeMessages(this.messages, newest));
	}

	prepend(older: readonly Message[]): void {
		this.grewAtTop = true;
		this.#take(older, mergeMessages(older, this.messages));
	}

	/** What was shown before continues in these: for the eye they came below. */
	continueFrom(older: readonly Message[]): void {
		this.grewAtTop = false;
		this.#take(older, mergeMessages(older, this.messages));
	}

	replace(message: Message): void {
		if (this.has(message.id)) this.messages = mergeMessages(this.messages, [message]);
	}

	react({ message_id, change_seq, reactions }: ReactionChanged): void {
		const message = this.messages.find(({ id }) => id === message_id);
		if (message) this.replace({ ...message, change_seq, reactions });
	}

	#take(fresh: readonly Message[], all: readonly Message[]): void {
		for (const { id } of fresh) this.#ids.add(id);
		this.messages = all;
	}
}
