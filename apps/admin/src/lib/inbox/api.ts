import type {
	ConversationEvent,
	InboxChanges,
	InboxConversation,
	InboxCounts,
	InboxPage,
	MyInboxConversation
} from '@chatiq/contracts/conversation';
import type { Enums, Tables } from '@chatiq/contracts/database';
import type { Message, QuickReply } from '@chatiq/contracts/message';
import type {
	ConversationEvents,
	InboxEvents,
	Rating,
	TeamEvents
} from '@chatiq/contracts/realtime';
import type { SearchPage } from '@chatiq/contracts/search';
import type { Change } from './changes.ts';
import type { InboxFilter } from './list/filter.ts';

export type Visitor = Tables<'visitors'>;

/** A result of the search: a message, or a visitor. */
export type Found = SearchPage['results'][number];

export interface Outgoing {
	message_id: string;
	conversation_id: string;
	body: string;
	seen_seq: number;
	visibility: Enums<'message_visibility'>;
	reply_to_seq?: number;
	quick_replies?: QuickReply[];
	mention_ids?: string[];
	attachment_ids?: string[];
}

/** Gets the events of a topic. `joined` follows every join, the first and all later ones. */
export type Listener<Events> = { [Name in keyof Events]: (payload: Events[Name]) => void } & {
	joined: () => void;
};

/** Typing comes from other clients, a visitor's too: nothing in it is known to be true. */
export type ConversationListener = Listener<
	ConversationEvents &
		Pick<TeamEvents, 'rating_changed' | 'visitor_changed' | 'pages_changed' | 'event_recorded'>
> & {
	typing: (payload: unknown) => void;
	/** Ids that clients say are theirs: who has the conversation open, me included. */
	viewers: (ids: readonly string[]) => void;
};

export interface ConversationLink {
	sendTyping: () => void;
	leave: () => void;
}

/** All that the inbox asks of the world. Refusals throw `AppError`, a lost connection throws `Unreachable`. */
export interface InboxApi {
	listInbox: (filter: InboxFilter, before: MyInboxConversation | null) => Promise<InboxPage>;
	/** Null when the operator answers on no site. */
	countInbox: (siteId: string | null) => Promise<InboxCounts | null>;
	search: (question: string, siteId: string | null, before: Found | null) => Promise<SearchPage>;
	changesSince: (cursor: string) => Promise<InboxChanges>;
	conversation: (id: string) => Promise<MyInboxConversation | null>;
	visitor: (id: string) => Promise<Visitor | null>;
	rating: (conversationId: string) => Promise<Rating | null>;
	/** What was done with it, at most `pageSize.events`, the newest, oldest first. */
	events: (conversationId: string) => Promise<ConversationEvent[]>;
	/** At most `pageSize.after`, oldest first. */
	messagesAfter: (conversationId: string, afterSeq: number) => Promise<Message[]>;
	/** At most `pageSize.before`, oldest first. */
	messagesBefore: (conversationId: string, beforeSeq: number) => Promise<Message[]>;
	/** Edited, redacted or reacted to since, at most `pageSize.after`, oldest change first. */
	messageChangesAfter: (conversationId: string, afterChangeSeq: number) => Promise<Message[]>;
	send: (outgoing: Outgoing) => Promise<Message>;
	react: (messageId: string, emoji: string, onMessage: boolean) => Promise<Message>;
	rewrite: (messageId: string, body: string) => Promise<Message>;
	redact: (messageId: string) => Promise<Message>;
	markRead: (conversationId: string, seq: number) => Promise<number>;
	change: (conversationId: string, change: Change) => Promise<InboxConversation>;
	joinInbox: (siteId: string, listener: Listener<InboxEvents>) => () => void;
	joinConversation: (id: string, listener: ConversationListener) => ConversationLink;
}

export const pageSize = { inbox: 50, found: 20, after: 200, before: 30, events: 200 } as const;

/** Above every `seq`, which is a Postgres integer. */
export const endOfConversation = 2_147_483_647;
