import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tones, withTone, type EmojiGroup, type EmojiRow } from './catalog.ts';

/** What is read of a row of emojibase-data. */
interface Source {
	label: string;
	tags?: string[];
	emoji: string;
	group?: number;
	order?: number;
	version: number;
	skins?: { emoji: string; tone: number | number[] }[];
}

interface Messages {
	groups: { key: string; message: string; order: number }[];
}

/** Newer ones are boxes on phones of three years ago. */
const newestVersion = 15;
/** What the database takes as a reaction, as code points: no digits, so no keycaps. */
const takenRanges = [
	[0xa9, 0xa9],
	[0xae, 0xae],
	[0x200d, 0x200d],
	[0x203c, 0x3299],
	[0xfe0f, 0xfe0f],
	[0x1f000, 0x1faff],
	[0xe0020, 0xe007f]
] as const;
/** The first say the most, and every one costs the visitor bytes. */
const maxTags = 6;
const out = join(import.meta.dirname, '../src/gen');
const load = createRequire(import.meta.url);

mkdirSync(out, { recursive: true });
for (const language of ['en', 'uk']) {
	const rows = load(`emojibase-data/${language}/data.json`) as Source[];
	const { groups } = load(`emojibase-data/${language}/messages.json`) as Messages;
	const catalog = groups
		.filter(({ key }) => key !== 'component')
		.map(({ message, order }): EmojiGroup => [message, rowsOf(rows, order)]);
	writeFileSync(join(out, `emoji-${language}.json`), JSON.stringify(catalog));
}

function rowsOf(rows: Source[], group: number): EmojiRow[] {
	return rows
		.filter((row) => row.group === group && row.version <= newestVersion && taken(row.emoji))
		.sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
		.map((row) => {
			// Words that the name has already find it already.
			const words = row.tags?.filter((tag) => !row.label.includes(tag)).slice(0, maxTags) ?? [];
			const plain = [qualified(row.emoji), row.label, words.join(' ')] as const;
			return hasTones(row) ? [...plain, 1] : plain;
		});
}

function taken(emoji: string): boolean {
	return Array.from(emoji).every((character) => {
		const point = character.codePointAt(0) ?? 0;
		return takenRanges.some(([from, to]) => from <= point && point <= to);
	});
}

/** As keyboards write it: a variation selector only where the character would be text without it. */
function qualified(emoji: string): string {
	return emoji.replace(/(\p{Emoji_Presentation})\ufe0f/gu, '$1');
}

/** Only those whose five tones follow from the plain one: couples have twenty-five. */
function hasTones({ emoji, skins = [] }: Source): boolean {
	return (
		skins.length === tones.length &&
		tones.every((tone, place) => skins[place]?.emoji === withTone(qualified(emoji), tone))
	);
}
