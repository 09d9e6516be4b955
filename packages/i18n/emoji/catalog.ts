/** The character, its name, more words to find it by; 1 when it comes in skin tones. */
export type EmojiRow = readonly [emoji: string, name: string, words: string, toned?: 1];

/** A category by its name. */
export type EmojiGroup = readonly [name: string, rows: EmojiRow[]];

/** From light to dark, as code points of Fitzpatrick modifiers. */
export const tones = ['\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'] as const;
export type Tone = (typeof tones)[number] | '';

/** The tone stands behind the first character and takes the place of its variation selector. */
export function withTone(emoji: string, tone: Tone): string {
	const [first = '', ...rest] = Array.from(emoji);
	if (tone === '') return emoji;
	return [first, tone, ...(rest[0] === '\ufe0f' ? rest.slice(1) : rest)].join('');
}

/** Those with a word that begins with each word of the question; names before other words. */
export function findEmoji(groups: readonly EmojiGroup[], question: string): EmojiRow[] {
	const parts = question.toLocaleLowerCase().split(/\s+/).filter(Boolean);
	if (parts.length === 0) return [];
	const holds = (text: string) => {
		const words = ` ${text.toLocaleLowerCase()}`;
		return parts.every((part) => words.includes(` ${part}`));
	};
	const rows = groups.flatMap(([, found]) => found);
	const byName = rows.filter(([emoji, name]) => emoji === question.trim() || holds(name));
	const named = new Set(byName);
	return [...byName, ...rows.filter((row) => !named.has(row) && holds(`${row[1]} ${row[2]}`))];
}
