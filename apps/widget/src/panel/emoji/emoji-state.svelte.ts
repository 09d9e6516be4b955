import {
	findEmoji,
	tones,
	withTone,
	type EmojiGroup,
	type EmojiRow,
	type Tone
} from '@chatiq/i18n/emoji';
import type { KeyValue } from '../../core/key-value.ts';

const maxRecent = 24;
const maxFound = 96;

/** What the picker shows: a category, what was used lately, or what a word has found. */
export class EmojiState {
	question = $state.raw('');
	/** Of the groups; -1 is what was used lately. */
	category = $state.raw(0);
	tone = $state.raw<Tone>('');
	recent = $state.raw<readonly string[]>([]);

	readonly groups: readonly EmojiGroup[];
	readonly rows = $derived.by((): readonly EmojiRow[] => {
		if (this.question.trim() !== '')
			return findEmoji(this.groups, this.question).slice(0, maxFound);
		if (this.category >= 0) return this.groups[this.category]?.[1] ?? [];
		return this.recent.map((emoji) => this.#byEmoji.get(emoji)).filter((row) => row !== undefined);
	});

	readonly #storage: KeyValue;
	readonly #byEmoji: ReadonlyMap<string, EmojiRow>;

	constructor(groups: readonly EmojiGroup[], storage: KeyValue) {
		this.groups = groups;
		this.#storage = storage;
		this.#byEmoji = new Map(groups.flatMap(([, rows]) => rows).map((row) => [row[0], row]));
		const tone = storage.get('chatiq:emoji-tone') ?? '';
		this.tone = tones.find((known) => known === tone) ?? '';
		const recent = (storage.get('chatiq:emoji-recent') ?? '').split(' ');
		this.recent = recent.filter((emoji) => this.#byEmoji.has(emoji));
		if (this.recent.length > 0) this.category = -1;
	}

	shown([emoji, , , toned]: EmojiRow): string {
		return toned ? withTone(emoji, this.tone) : emoji;
	}

	setTone(tone: Tone): void {
		this.tone = tone;
		this.#storage.set('chatiq:emoji-tone', tone || null);
	}

	/** Kept without its tone: the tone of the next time may be another. */
	used([emoji]: EmojiRow): void {
		const recent = [emoji, ...this.recent.filter((other) => other !== emoji)].slice(0, maxRecent);
		this.#storage.set('chatiq:emoji-recent', recent.join(' '));
		// What stands under the finger must not move away.
		if (this.category !== -1 || this.question) this.recent = recent;
	}
}
