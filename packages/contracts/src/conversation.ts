import type { Enums, Tables } from './database.gen.ts';
import type { GivenAnswers } from './forms.ts';
import type { Message } from './message.ts';

export type AuthorKind = Enums<'author_kind'>;
export type ConversationStatus = Enums<'conversation_status'>;
export type ConversationPriority = Enums<'conversation_priority'>;
export type CloseReason = Enums<'close_reason'>;

/** A conversation as its visitor sees it: answer of `start_conversation`, `boot`, event `conversation_updated`. */
export interface VisitorConversation {
	id: string;
	/** Never `snoozed` for a visitor. */
	status: ConversationStatus;
	created_at: string;
	/** `seq` of the newest message, private notes included. */
	last_seq: number;
	/** `change_seq` of the newest edit, redaction or reaction: above what is known, fetch `message_changes_after`. */
	last_change_seq: number;
	/** `seq` up to which the visitor has read. */
	visitor_read_seq: number;
	/** `seq` up to which some operator has read. */
	team_read_seq: number;
}

/** A conversation in the visitor's own list, and in the answer of `boot`. */
export interface ListedConversation extends VisitorConversation {
	last_message_at: string;
	last_message_preview: string;
	last_author_kind: AuthorKind;
	/** Answers above `visitor_read_seq`: no notices, nothing deleted; 100 at most. */
	unread_count: number;
}

/** `list_visitor_conversations`: newest first. */
export interface VisitorConversationPage {
	conversations: ListedConversation[];
	has_more: boolean;
	/** Of all conversations, 100 at most. */
	unread_count: number;
}

/** `list_conversation_agents`: who of the team has answered, as they are called today. */
export interface ConversationAgent {
	id: string;
	name: string;
	avatar_url: string | null;
	job_title: string | null;
}

/** A conversation as the operators' list shows it: event `conversation_changed` on `topics.inbox`. */
export interface InboxConversation extends VisitorConversation {
	organization_id: string;
	site_id: string;
	/** Who writes in it. */
	visitor_id: string;
	/** Whom the team sees: the visitor with whom this one was merged, or the same. */
	person_id: string;
	/** What the person is called. */
	visitor_name: string | null;
	visitor_email: string | null;
	/** Of the one who writes: a merge verifies nobody. */
	visitor_verified: boolean;
	assignee_id: string | null;
	last_message_at: string;
	last_message_preview: string;
	last_author_kind: AuthorKind;
	/** Since when the visitor waits for an answer; null when the team spoke last. */
	waiting_since: string | null;
	/** How many messages the visitor has written so far. */
	visitor_message_count: number;
	/** Labels of the organisation; ids that a client does not know belong to a label deleted meanwhile. */
	label_ids: string[];
	updated_at: string;
	priority: ConversationPriority;
	/** When a snoozed conversation comes back; null unless snoozed. */
	snoozed_until: string | null;
	close_reason: CloseReason | null;
	/** The site whose team has it, when that is another one than `site_id`. */
	team_site_id: string | null;
	/** When the answer gets urgent, and by when it should be there; null when nobody waits or there is no target. */
	reply_warn_at: string | null;
	reply_due_at: string | null;
	/** Since when it waits to be given to somebody by itself. */
	queued_at: string | null;
	/** Who hears of it without having it, the first one first. */
	follower_ids: string[];
}

/** What was done with a conversation: rows of `conversation_events`, event `event_recorded` on `topics.team`. */
export type ConversationEvent = Tables<'conversation_events'>;

/** `list_transfer_targets`: another site of the caller, and who of its team could answer the conversation. */
export interface TransferTarget {
	site_id: string;
	name: string;
	user_ids: string[];
}

/**
 * The same for one operator: rows of `list_inbox` and `inbox_changes_since`.
 * Unread = `visitor_message_count - my_read_visitor_count`, never below 0.
 */
export interface MyInboxConversation extends InboxConversation {
	my_last_read_seq: number;
	my_read_visitor_count: number;
}

/** `count_inbox`: how many conversations each view of the inbox holds; 100 means 100 or more. */
export interface InboxCounts {
	open: number;
	/** Open and mine. */
	mine: number;
	/** Open and nobody's. */
	unassigned: number;
	/** Open and not answered yet. */
	waiting: number;
	snoozed: number;
	/** Open and followed by me. */
	followed: number;
}

/** `count_lists`: how many open conversations there are by site and by label; 100 means 100 or more. */
export interface ListCounts {
	sites: Record<string, number>;
	/** Labels without any are not named. */
	labels: Record<string, number>;
}

/** `list_inbox`: newest first, or those that wait longest first. `cursor` belongs to the same snapshot: feed it to `inbox_changes_since`. */
export interface InboxPage {
	conversations: MyInboxConversation[];
	cursor: string;
	has_more: boolean;
}

/** `inbox_changes_since`: every conversation changed since the cursor; a row may come twice, none is missed. */
export interface InboxChanges {
	conversations: MyInboxConversation[];
	/** Ids of conversations that were erased. */
	removed: string[];
	cursor: string;
	/** The cursor is unknown to this database or too old: load the list anew. */
	reset: boolean;
}

/** Event `conversation_removed` on `topics.inbox`: erased for good. */
export interface ConversationRemoved {
	id: string;
}

/** Event `read_advanced` on `topics.conversation`, and on `topics.inbox` for operators. */
export interface ReadAdvanced {
	conversation_id: string;
	reader_kind: Extract<AuthorKind, 'visitor' | 'operator'>;
	reader_id: string;
	last_read_seq: number;
	/** Visitor messages up to `last_read_seq`. */
	read_visitor_count: number;
}

/** What a visitor tells about itself with the first message; unknown keys are refused, values cut to length. */
export interface VisitorDetails {
	name?: string;
	email?: string;
	language?: string;
	time_zone?: string;
	page_url?: string;
	page_title?: string;
	referrer?: string;
	/** What the visitor filled in; held against the site's form, which may refuse with `form_incomplete`. */
	answers?: GivenAnswers;
	/** `true`: the consent notice stood under the composer. */
	consent?: string;
}

/** Answer of `start_conversation`. */
export interface StartedConversation {
	conversation: VisitorConversation;
	message: Message;
}
