import type { Message } from '@chatiq/contracts/message';

/** So many stand at the end when a conversation is opened: more than a screen is high. */
const atFirst = 16;
const atMost = 28;

interface Parts {
	above: readonly Message[];
	end: readonly Message[];
}

/**
 * A conversation's last messages and all those above. The last ones stand in the ordinary flow of the page, where one
 * more is laid out like any text; a virtual list has to draw, measure, move and scroll for it, which is three frames'
 * work.
 */
export class ListEnd {
	/** The `seq` with which the end begins. */
	#from = 0;
	#above: readonly Message[] = [];

	/** `mayMove` says that the eye rests on the last message: nobody sees when what is above is put elsewhere. */
	split(messages: readonly Message[], mayMove: boolean): Parts {
		let at = this.#from - (messages[0]?.seq ?? 0);
		const known = messages[at]?.seq === this.#from;
		if (!known || (mayMove && messages.length - at > atMost)) {
			at = Math.max(0, messages.length - atFirst);
			this.#from = messages[at]?.seq ?? 0;
		}
		return { above: this.#sameAbove(messages, at), end: messages.slice(at) };
	}

	/** More than the frame of one more message should lay out: some are to be moved. */
	tooLong(end: readonly Message[]): boolean {
		return end.length > atMost;
	}

	/** The same list as long as nothing in it is another: then there is nothing to draw. */
	#sameAbove(messages: readonly Message[], count: number): readonly Message[] {
		const known = this.#above;
		if (known.length !== count || known.some((message, at) => message !== messages[at]))
			this.#above = messages.slice(0, count);
		return this.#above;
	}
}
