import type { AuthorKind, VisitorConversation } from '@chatiq/contracts/conversation';
import type { Attachment, Message } from '@chatiq/contracts/message';
import type { Conversation } from './conversation.ts';
import type { OutboxItem, Place } from './outbox-items.ts';

export type Delivery = 'sending' | 'stored' | 'read' | 'failed';

/** One line of the conversation as the visitor sees it: a stored message or a text on its way. */
export interface Entry {
	readonly id: string;
	readonly body: string;
	readonly attachments: readonly Attachment[];
	readonly at: string;
	readonly authorKind: AuthorKind;
	readonly authorId: string | null;
	readonly authorName: string | null;
	readonly edited: boolean;
	readonly redacted: boolean;
	/** Only for the visitor's own. */
	readonly delivery: Delivery | null;
	readonly refused: OutboxItem['refused'];
	/** Null while it is on its way. */
	readonly message: Message | null;
	/** `seq` of the message that it answers. */
	readonly replyTo: number | null;
}

export type Connection = 'online' | 'offline' | 'reconnecting';

export interface ChatView {
	/** Null before the first text; the id of a conversation that the next text starts, if the visitor chose a new one. */
	readonly conversationId: string | null;
	readonly visitorId: string | null;
	readonly closed: boolean;
	readonly entries: readonly Entry[];
	/** What the server holds of it; null before the first message. */
	readonly conversation: VisitorConversation | null;
	readonly typing: string | null;
	readonly connection: Connection;
	/** A rate limit holds a send back until then, in `performance.now()` time. */
	readonly pausedUntil: number | null;
	/** The history is on its way and nothing is known of it yet. */
	readonly restoring: boolean;
	readonly hasOlder: boolean;
	readonly loadingOlder: boolean;
	readonly olderFailed: boolean;
	/** In all conversations. */
	readonly unread: number;
	readonly unreadElsewhere: number;
	readonly conversationCount: number;
}

/** `place` is the conversation that the visitor chose, if they did: only its texts show. */
export function entriesOf(
	conversation: Conversation | null,
	items: readonly OutboxItem[],
	place: Place | null
): readonly Entry[] {
	const here = place?.conversation_id ?? conversation?.id;
	const pending = items.filter((item) => item.conversation_id === here || (!item.chosen && !place));
	const stored = conversation?.messages ?? [];
	const ids = new Set(stored.map(({ id }) => id));
	const teamReadSeq = conversation?.row.team_read_seq ?? 0;
	return [
		...stored.map((message) => storedEntry(message, teamReadSeq)),
		...pending.filter(({ message_id }) => !ids.has(message_id)).map(pendingEntry)
	];
}

function storedEntry(message: Message, teamReadSeq: number): Entry {
	const own = message.author_kind === 'visitor';
	return {
		id: message.id,
		body: message.body,
		attachments: message.attachments,
		at: message.created_at,
		authorKind: message.author_kind,
		authorId: message.author_id,
		authorName: message.author_name,
		edited: message.edited_at !== null,
		redacted: message.redacted_at !== null,
		delivery: own ? (message.seq <= teamReadSeq ? 'read' : 'stored') : null,
		refused: null,
		message,
		replyTo: message.reply_to_seq
	};
}

function pendingEntry(item: OutboxItem): Entry {
	const { message_id, body, attachments = [], created_at, refused } = item;
	return {
		id: message_id,
		body,
		attachments,
		at: created_at,
		authorKind: 'visitor',
		authorId: null,
		authorName: null,
		edited: false,
		redacted: false,
		delivery: refused === null ? 'sending' : 'failed',
		refused,
		message: null,
		replyTo: item.reply_to_seq ?? null
	};
}
