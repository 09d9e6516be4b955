import type { ErrorCode } from '@chatiq/contracts/errors';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Attachment } from '@chatiq/contracts/message';

/** A text of the visitor that the server has not confirmed. The array order is the order of sending. */
export interface OutboxItem {
	/** The message's id and idempotency key. */
	readonly message_id: string;
	readonly conversation_id: string;
	/** Not a message in a conversation yet, but the one that starts it. */
	readonly starts: boolean;
	readonly body: string;
	/** Files that are stored already and go with it. */
	readonly attachments?: readonly Attachment[];
	readonly created_at: string;
	/** Why the server refused it for good; null while it waits. */
	readonly refused: ErrorCode | 'unknown' | null;
}

export type OutboxItems = readonly OutboxItem[];

/** Still to be sent, as opposed to refused for good. */
export const waits = (item: OutboxItem) => item.refused === null;

/** A text as it was typed, before it has a place. */
export type NewText = Pick<OutboxItem, 'message_id' | 'body' | 'attachments' | 'created_at'>;

/** Adds a text to the known conversation, or to the one that an earlier text is about to start. */
export function added(
	items: OutboxItems,
	text: NewText,
	conversationId: string | null
): OutboxItems {
	if (items.some(({ message_id }) => message_id === text.message_id)) return items;
	const starting = items.find((item) => item.starts && waits(item));
	return [
		...items,
		{
			...text,
			conversation_id: conversationId ?? starting?.conversation_id ?? uuidv7(),
			starts: conversationId === null && !starting,
			refused: null
		}
	];
}

export function changed(
	items: OutboxItems,
	messageId: string,
	change: Partial<OutboxItem>
): OutboxItems {
	return items.map((item) => (item.message_id === messageId ? { ...item, ...change } : item));
}

export function without(items: OutboxItems, messageId: string): OutboxItems {
	return items.filter((item) => item.message_id !== messageId);
}

/** Aims everything at a conversation that exists. */
export function movedTo(items: OutboxItems, conversationId: string): OutboxItems {
	return items.map((item) => ({ ...item, conversation_id: conversationId, starts: false }));
}

/** Aims everything at a new conversation, which the first waiting text starts. */
export function startedAnew(items: OutboxItems): OutboxItems {
	const conversationId = uuidv7();
	const first = items.find(waits);
	return items.map((item) => ({
		...item,
		conversation_id: conversationId,
		starts: item === first
	}));
}

/** The same text under ids that nobody has used. */
export function renewed(items: OutboxItems, messageId: string): OutboxItems {
	const starts = items.some((item) => item.message_id === messageId && item.starts);
	return changed(starts ? startedAnew(items) : items, messageId, { message_id: uuidv7() });
}
