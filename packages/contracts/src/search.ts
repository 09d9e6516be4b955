import type { AuthorKind, InboxConversation } from './conversation.ts';

/** Found words stand between these two characters in a snippet; texts themselves never hold them. */
export const foundStart = '\uE000';
export const foundEnd = '\uE001';

export interface FoundMessage extends Pick<
	InboxConversation,
	'visitor_name' | 'visitor_email' | 'person_id'
> {
	kind: 'message';
	id: string;
	conversation_id: string;
	site_id: string;
	seq: number;
	author_kind: AuthorKind;
	author_name: string | null;
	visibility: 'public' | 'team';
	happened_at: string;
	/** The text around what was found. */
	snippet: string;
}

export interface FoundVisitor {
	kind: 'visitor';
	id: string;
	site_id: string;
	name: string | null;
	email: string | null;
	external_id: string | null;
	verified: boolean;
	happened_at: string;
	/** The newest conversation. */
	conversation_id: string | null;
}

/** `search_inbox`: newest first; the next page begins at `happened_at` and `id` of the last result. */
export interface SearchPage {
	results: (FoundMessage | FoundVisitor)[];
	has_more: boolean;
}
