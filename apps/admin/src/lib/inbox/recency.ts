import type { InboxConversation } from '@chatiq/contracts/conversation';

const utc = '+00:00';

/**
 * Compares two times as Postgres prints them: as text, where cut trailing zeros still sort right. A list of
 * thousands is sorted with every event, and reading dates would be most of it.
 */
export function compareTimes(a: string, b: string): number {
	if (!a.endsWith(utc) || !b.endsWith(utc)) {
		const byMs = Date.parse(a) - Date.parse(b);
		if (byMs !== 0) return byMs;
	}
	return a < b ? -1 : a > b ? 1 : 0;
}

type Position = Pick<InboxConversation, 'last_message_at' | 'id'>;

/** Order of the list: newest message first. */
export function compareRows(a: Position, b: Position): number {
	return (
		compareTimes(b.last_message_at, a.last_message_at) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
	);
}

type Version = Pick<InboxConversation, 'last_seq' | 'updated_at'>;

/** Events and answers overtake each other: an older state never replaces a newer one. */
export function atLeastAsNew(incoming: Version, known: Version): boolean {
	if (incoming.last_seq !== known.last_seq) return incoming.last_seq > known.last_seq;
	return compareTimes(incoming.updated_at, known.updated_at) >= 0;
}
