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
	/** `seq` of the message that it answers. */
	readonly reply_to_seq?: number;
	/** The visitor has several conversations and chose this one: it goes there and nowhere else. */
	readonly chosen?: boolean;
	/** Files that are stored already and go with it. */
	readonly attachments?: readonly Attachment[];
	readonly created_at: string;
	/** Why the server refused it for good; null while it waits. */
	readonly refused: ErrorCode | 'unknown' | null;
}

export type OutboxItems = readonly OutboxItem[];

/** Still to be sent, as opposed to refused for good. */
export const waits = (item: OutboxItem) => item.refused === null;

/** Where the visitor has chosen to write. */
export type Place = Pick<OutboxItem, 'conversation_id' | 'starts'>;

/** A text as it was typed, before it has a place, unless the visitor chose one. */
export type NewText = Pick<
	OutboxItem,
	'message_id' | 'body' | 'attachments' | 'created_at' | 'reply_to_seq'
> & {
	place?: Place;
};

/** Adds a text to the known conversation, or to the one that an earlier text is about to start. */
export function added(
	items: OutboxItems,
	{ place, ...text }: NewText,
	conversationId: string | null
): OutboxItems {
	if (items.some(({ message_id }) => message_id === text.message_id)) return items;
	if (place) return [...items, chosen(items, text, place)];
	const starting = items.find((item) => item.starts && !item.chosen && waits(item));
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

/** Only the first text of a new conversation starts it. */
function chosen(items: OutboxItems, text: NewText, { conversation_id, starts }: Place): OutboxItem {
	const started = items.some(
		(item) => item.starts && waits(item) && item.conversation_id === conversation_id
	);
	return { ...text, conversation_id, starts: starts && !started, chosen: true, refused: null };
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

/** Aims at a conversation that exists what was not meant for a certain one. */
export function movedTo(items: OutboxItems, conversationId: string): OutboxItems {
	return items.map((item) => (item.chosen ? item : unbound(item, conversationId, false)));
}

/** Aims everything, or all that was meant for a conversation, at a new one, which the first waiting text starts. */
export function startedAnew(items: OutboxItems, from?: string): OutboxItems {
	const conversationId = uuidv7();
	const affected = items.filter((item) => from === undefined || item.conversation_id === from);
	const first = affected.find(waits);
	return items.map((item) =>
		affected.includes(item) ? unbound(item, conversationId, item === first) : item
	);
}

/** The same text elsewhere: there is nothing there that it could answer. */
function unbound(
	{ message_id, body, created_at, refused }: OutboxItem,
	conversation_id: string,
	starts: boolean
): OutboxItem {
	return { message_id, body, created_at, refused, conversation_id, starts };
}

/** The same text under ids that nobody has used. */
export function renewed(items: OutboxItems, messageId: string): OutboxItems {
	const starting = items.find((item) => item.message_id === messageId && item.starts);
	const anew = starting ? startedAnew(items, starting.conversation_id) : items;
	return changed(anew, messageId, { message_id: uuidv7() });
}
