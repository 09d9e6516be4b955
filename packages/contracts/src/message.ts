import type { Tables } from './database.gen.ts';
import type { AuthorKind } from './conversation.ts';

/** Longest body in characters (code points), checked by the database. */
export const maxMessageLength = 4000;

/** One row of `public.messages`: what RPCs return and what `message_created` / `message_updated` carry. */
export type Message = Omit<Tables<'messages'>, 'attachments' | 'reactions' | 'quick_replies'> & {
	attachments: Attachment[];
	reactions: Reactions;
	quick_replies: QuickReply[];
};

/** A button under a message of the team; a click sends `text` as an ordinary message of the visitor. */
export type QuickReply = {
	/** 1 to 80 characters, once per message. */
	text: string;
	/** What the answer means to whoever made the button, e.g. a bot; never shown. */
	value?: string;
};

export const maxQuickReplies = 10;
export const maxQuickReplyLength = 80;

/** Emoji → ids of those who reacted, in the order they did. */
export type Reactions = Record<string, string[]>;

/** A file sent with a message; the bytes are in the private bucket `attachments` under `path`. */
export interface Attachment {
	id: string;
	name: string;
	content_type: string;
	size_bytes: number;
	/** In pixels, of images. */
	width: number | null;
	height: number | null;
	path: string;
	/** Missing in messages from before there was a quarantine: ready. Bytes can be read of ready ones only. */
	status?: 'ready' | 'quarantined' | 'removed';
}

/** Event `reaction_changed` on the topic that the message came on. */
export interface ReactionChanged {
	message_id: string;
	conversation_id: string;
	seq: number;
	change_seq: number;
	reactions: Reactions;
}

/** Event `typing` on `topics.typing`: sent at most every 2.5 s while writing, stale after 6 s. */
export interface Typing {
	author_kind: Extract<AuthorKind, 'visitor' | 'operator'>;
	author_id: string;
	/** Shown to the other side; empty for a visitor who gave no name. */
	name: string;
}

/** Text as the database stores it: well-formed Unicode without NUL, outer white space cut. */
export function cleanBody(text: string): string {
	return text.replaceAll('\0', '').toWellFormed().trim();
}
