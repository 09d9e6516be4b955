import type { Message } from '@chatiq/contracts/message';

/** Joins rows by id, ordered by `seq`; of two versions of a row the one changed last stays. */
export function merged(known: readonly Message[], rows: readonly Message[]): readonly Message[] {
	const byId = new Map(known.map((message) => [message.id, message]));
	let touched = false;
	for (const row of rows) {
		const present = byId.get(row.id);
		if (row.visibility !== 'public' || (present && present.change_seq >= row.change_seq)) continue;
		byId.set(row.id, row);
		touched = true;
	}
	return touched ? [...byId.values()].sort((a, b) => a.seq - b.seq) : known;
}
