import type { Entry } from '../core/chat-view.ts';

const togetherMs = 5 * 60_000;

export type Row =
	| { kind: 'day'; key: string; at: string }
	| { kind: 'notice'; key: string; entry: Entry }
	| { kind: 'group'; key: string; own: boolean; entries: Entry[] };

/**
 * Lays out a conversation: a line for each new day, and what one person wrote in one go together. Of the last
 * `shown` entries only, under the keys that they have among all.
 */
export function rowsOf(entries: readonly Entry[], shown: number): Row[] {
	const rows: Row[] = [];
	let previous: Entry | null = null;
	let key = '';
	for (const [index, entry] of entries.entries()) {
		const newDay = !previous || !sameDay(previous, entry);
		const joins = !newDay && previous && together(previous, entry);
		if (!joins) key = entry.id;
		previous = entry;
		if (index < entries.length - shown) continue;
		if (newDay) rows.push({ kind: 'day', key: `day ${key}`, at: entry.at });
		const last = rows.at(-1);
		if (entry.authorKind === 'system') rows.push({ kind: 'notice', key: entry.id, entry });
		else if (joins && last?.kind === 'group') last.entries.push(entry);
		else rows.push({ kind: 'group', key, own: entry.authorKind === 'visitor', entries: [entry] });
	}
	return rows;
}

function together(a: Entry, b: Entry): boolean {
	// A text on its way does not know its author's id yet; all own texts have one author.
	const sameAuthor =
		a.authorKind === b.authorKind && (a.authorKind === 'visitor' || a.authorId === b.authorId);
	return sameAuthor && Date.parse(b.at) - Date.parse(a.at) < togetherMs;
}

function sameDay(a: Entry, b: Entry): boolean {
	return new Date(a.at).toDateString() === new Date(b.at).toDateString();
}
