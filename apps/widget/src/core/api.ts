import type {
	ConversationAgent,
	StartedConversation,
	VisitorConversation,
	VisitorConversationPage,
	VisitorDetails
} from '@chatiq/contracts/conversation';
import type { MyRating, TranscriptRequested, VisitorContact } from '@chatiq/contracts/forms';
import type { Message } from '@chatiq/contracts/message';
import type { Boot, SessionRequest, VisitorSession } from '@chatiq/contracts/session';
import { post } from './request.ts';

interface StartArguments {
	conversation_id: string;
	message_id: string;
	body: string;
	visitor?: VisitorDetails;
}

/** The SQL functions a visitor may call: `docs/api.md`. */
export interface VisitorFunctions {
	start_conversation: {
		args: StartArguments & { join_known: boolean };
		answer: StartedConversation;
	};
	start_conversation_from_teaser: {
		args: StartArguments & { rule_id: string };
		answer: StartedConversation;
	};
	send_visitor_message: {
		args: {
			message_id: string;
			conversation_id: string;
			body: string;
			reply_to_seq?: number;
			attachment_ids?: string[];
		};
		answer: Message;
	};
	messages_after: {
		args: { conversation_id: string; after_seq: number; max_rows: number };
		answer: Message[];
	};
	messages_before: {
		args: { conversation_id: string; before_seq: number; max_rows: number };
		answer: Message[];
	};
	message_changes_after: {
		args: { conversation_id: string; after_change_seq: number; max_rows: number };
		answer: Message[];
	};
	get_conversation: { args: { conversation_id: string }; answer: VisitorConversation | null };
	get_contact: { args: Record<string, never>; answer: VisitorContact | null };
	leave_email: { args: { email: string }; answer: VisitorContact };
	get_rating: { args: { conversation_id: string }; answer: MyRating | null };
	rate_conversation: {
		args: { conversation_id: string; score: number; comment: string };
		answer: MyRating;
	};
	request_transcript: {
		args: { conversation_id: string; email: string };
		answer: TranscriptRequested;
	};
	list_visitor_conversations: {
		args: { before?: string; before_id?: string; max_rows: number };
		answer: VisitorConversationPage;
	};
	list_conversation_agents: { args: { conversation_id: string }; answer: ConversationAgent[] };
	react_to_message: {
		args: { message_id: string; emoji: string; on_message: boolean };
		answer: Message;
	};
	edit_message: { args: { message_id: string; body: string }; answer: Message };
	redact_message: { args: { message_id: string }; answer: Message };
	note_page: {
		args: { page_id: string; url: string; title: string; gone: boolean };
		answer: boolean;
	};
	mark_read: { args: { conversation_id: string; seq: number }; answer: number };
}

/** Calls one SQL function as the visitor of the moment. */
export type Call = <Name extends keyof VisitorFunctions>(
	name: Name,
	args: VisitorFunctions[Name]['args']
) => Promise<VisitorFunctions[Name]['answer']>;

/** The HTTP side of the wire. Answers are typed by contract: this is the border, nobody casts behind it. */
export class Api {
	readonly #url: string;

	constructor(url: string) {
		this.#url = url;
	}

	async openSession(request: SessionRequest): Promise<VisitorSession> {
		return (await this.#function('visitor-session', request)) as VisitorSession;
	}

	async boot(request: SessionRequest): Promise<Boot> {
		return (await this.#function('boot', request)) as Boot;
	}

	async rpc<Name extends keyof VisitorFunctions>(
		{ token, publishable_key }: VisitorSession,
		name: Name,
		args: VisitorFunctions[Name]['args']
	): Promise<VisitorFunctions[Name]['answer']> {
		return (await post(`${this.#url}/rest/v1/rpc/${name}`, {
			contentType: 'application/json',
			headers: { apikey: publishable_key, authorization: `Bearer ${token}` },
			body: args,
			keepalive: name === 'mark_read' || name === 'note_page'
		})) as VisitorFunctions[Name]['answer'];
	}

	#function(name: string, body: SessionRequest): Promise<unknown> {
		return post(`${this.#url}/functions/v1/${name}`, { contentType: 'text/plain', body });
	}
}
