import type { Message } from '@chatiq/contracts/message';
import { compareTimes } from './recency.ts';

/** One of each id, in `seq` order. Where both have a message, the later edit stays. */
export function mergeMessages(
	known: readonly Message[],
	incoming: readonly Message[]
): readonly Message[] {
	const byId = new Map(known.map((message) => [message.id, message]));
	for (const message of incoming) {
		const before = byId.get(message.id);
		if (!before || compareTimes(changedAt(message), changedAt(before)) >= 0) {
			byId.set(message.id, message);
		}
	}
	return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

const changedAt = ({ created_at, edited_at, redacted_at }: Message): string =>
	redacted_at ?? edited_at ?? created_at;
