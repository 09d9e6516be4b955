import type { Message } from '@chatiq/contracts/message';

/** One of each id, in `seq` order. Where both have a message, the one changed last stays. */
export function mergeMessages(
	known: readonly Message[],
	incoming: readonly Message[]
): readonly Message[] {
	const end = known.at(-1)?.seq ?? 0;
	// What goes on at the end is the common case, in conversations of thousands too.
	if (incoming.every(({ seq }, at) => seq > (incoming[at - 1]?.seq ?? end)))
		return [...known, ...incoming];
	const byId = new Map(known.map((message) => [message.id, message]));
	for (const message of incoming) {
		const before = byId.get(message.id);
		if (!before || message.change_seq >= before.change_seq) {
			byId.set(message.id, message);
		}
	}
	return [...byId.values()].sort((a, b) => a.seq - b.seq);
}
