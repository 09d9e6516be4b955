import type { Entry } from '../core/chat-view.ts';

const togetherMs = 5 * 60_000;

export type Row =
	| { kind: 'day'; key: string; at: string }
	| { kind: 'notice'; key: string; entry: Entry }
	| { kind: 'group'; key: string; own: boolean; entries: Entry[] };

/** Lays out a conversation: a line for each new day, and what one person wrote in one go together. */
export function rowsOf(entries: readonly Entry[]): Row[] {
	const rows: Row[] = [];
	let previous: Entry | null = null;
	for (const entry of entries) {
		if (!previous || !sameDay(previous, entry)) {
			rows.push({ kind: 'day', key: `day ${entry.id}`, at: entry.at });
			previous = null;
		}
		const last = rows.at(-1);
		if (entry.authorKind === 'system') rows.push({ kind: 'notice', key: entry.id, entry });
		else if (previous && last?.kind === 'group' && together(previous, entry))
			last.entries.push(entry);
		else {
			const own = entry.authorKind === 'visitor';
			rows.push({ kind: 'group', key: entry.id, own, entries: [entry] });
		}
		previous = entry;
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
