import type {
	ConversationEvent,
	ConversationRemoved,
	InboxConversation,
	ReadAdvanced,
	VisitorConversation
} from './conversation.ts';
import type { Tables } from './database.gen.ts';
import type { Message, ReactionChanged, Typing } from './message.ts';
import type { BusinessStatusChanged, SettingsChanged } from './site.ts';

/** A rating as operators read it. */
export type Rating = Omit<Tables<'ratings'>, 'organization_id' | 'site_id'>;

/** Event name → payload, per topic (see `topics.ts`). */
export interface ConversationEvents {
	message_created: Message;
	message_updated: Message;
	reaction_changed: ReactionChanged;
	read_advanced: ReadAdvanced;
	conversation_updated: VisitorConversation;
}

export interface TypingEvents {
	typing: Typing;
}

/** Private notes; ordinary messages come on the conversation's own topic. */
export interface TeamEvents {
	message_created: Message;
	message_updated: Message;
	reaction_changed: ReactionChanged;
	/** The visitor rated the conversation, or changed the rating. */
	rating_changed: Rating;
	/** Name, address or answers of the visitor are others now. */
	visitor_changed: { visitor_id: string };
	/** The visitor opened a page, still has it open, or left it: read `visitor_pages`. */
	pages_changed: { visitor_id: string };
	/** Somebody did something with the conversation as a whole. */
	event_recorded: ConversationEvent;
}

export interface InboxEvents {
	conversation_changed: InboxConversation;
	conversation_removed: ConversationRemoved;
	read_advanced: ReadAdvanced;
}

export interface SiteEvents {
	settings_changed: SettingsChanged;
	business_status_changed: BusinessStatusChanged;
	/** Ask `list_conversation_agents` for the name: anybody may listen here. */
	agent_changed: { agent_id: string };
}
