import type { Message } from '@chatiq/contracts/message';

/** Joins rows by id, ordered by `seq`; of two versions of a row the later one stays. */
export function merged(known: readonly Message[], rows: readonly Message[]): readonly Message[] {
	const byId = new Map(known.map((message) => [message.id, message]));
	let touched = false;
	for (const row of rows) {
		const present = byId.get(row.id);
		if (row.visibility !== 'public' || (present && version(present) >= version(row))) continue;
		byId.set(row.id, row);
		touched = true;
	}
	return touched ? [...byId.values()].sort((a, b) => a.seq - b.seq) : known;
}

/** ISO times of one server compare as text; a redaction is final. */
function version({ created_at, edited_at, redacted_at }: Message): string {
	return redacted_at ? `z${redacted_at}` : (edited_at ?? created_at);
}
