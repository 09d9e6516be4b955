import { cleanBody, maxMessageLength, type Message } from '@chatiq/contracts/message';
import type { Drafts } from './drafts.ts';
import { gapsOf, type Variable } from './variables.ts';

/** An answer to the visitor, or a note that only the team sees. */
export type Mode = 'reply' | 'note';

const modes: readonly Mode[] = ['reply', 'note'];

interface Written {
	/** The own message that is being written anew. */
	editing: Message | null;
}

/** What stands in the composer of one conversation: an answer and a note, each a draft of its own, or a message written anew. */
export class Writing {
	/** Buttons that go out with the answer. */
	quick = $state.raw<readonly string[]>([]);

	readonly #conversationId: string;
	readonly #answering: Written;
	readonly #drafts: Drafts;
	#chosen = $state<Mode>('reply');
	#texts = $state.raw<Record<Mode, string>>({ reply: '', note: '' });
	#anew = $state.raw<{ id: string; text: string } | null>(null);

	constructor(id: string, answering: Written, drafts: Drafts) {
		this.#conversationId = id;
		this.#answering = answering;
		this.#drafts = drafts;
		this.#texts = { reply: drafts.read(id, 'reply'), note: drafts.read(id, 'note') };
	}

	get editing(): Message | null {
		return this.#answering.editing;
	}

	get mode(): Mode {
		if (this.editing) return this.editing.visibility === 'team' ? 'note' : 'reply';
		return this.#chosen;
	}

	get text(): string {
		const { editing } = this;
		if (!editing) return this.#texts[this.mode];
		return this.#anew?.id === editing.id ? this.#anew.text : editing.body;
	}

	/** Code points, as the database counts them. */
	readonly length = $derived(Array.from(cleanBody(this.text)).length);

	get left(): number {
		return maxMessageLength - this.length;
	}

	/** Variables that could not be filled in: nobody gets to read `{{visitor_name}}`. */
	get gaps(): readonly Variable[] {
		return gapsOf(this.text);
	}

	/** Whether it may go out; with files, words are not needed. */
	sendable(files: number): boolean {
		const enough = this.length > 0 || files > 0 || (this.editing?.attachments.length ?? 0) > 0;
		return enough && this.left >= 0 && this.gaps.length === 0;
	}

	/** What was being written anew is left as it was. */
	turn(mode: Mode): void {
		this.stopEditing();
		this.#chosen = mode;
	}

	write(text: string): void {
		const { editing } = this;
		if (editing) {
			this.#anew = { id: editing.id, text };
			return;
		}
		this.#texts = { ...this.#texts, [this.mode]: text };
		this.#drafts.write(this.#conversationId, this.mode, text);
	}

	/** Takes a text back for editing; what was being written stays below it. */
	restore(body: string, mode: Mode): void {
		this.turn(mode);
		this.write(this.text === '' ? body : `${body}\n\n${this.text}`);
	}

	/**
	 * Drafts from another device, which are stored already. Answers a text that stood here and is in none of them, as when
	 * both were written at once; what was sent elsewhere is not one.
	 */
	adopt(texts: Partial<Record<Mode, string>>): { mode: Mode; text: string } | null {
		const before = this.#texts;
		this.#texts = { ...before, ...texts };
		const mode = modes.find((one) => {
			const text = texts[one] ?? '';
			return text !== '' && before[one].trim() !== '' && !text.includes(before[one].trim());
		});
		return mode ? { mode, text: before[mode] } : null;
	}

	stopEditing(): void {
		this.#answering.editing = null;
		this.#anew = null;
	}

	/** Hands over what is to be sent and begins anew; a note keeps the buttons for the answer. */
	take(): { body: string; quick: readonly string[] } {
		const taken = { body: this.text, quick: this.mode === 'reply' ? this.quick : [] };
		this.write('');
		if (this.mode === 'reply') this.quick = [];
		return taken;
	}
}
