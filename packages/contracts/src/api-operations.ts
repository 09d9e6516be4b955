import * as z from 'zod/mini';
import type { ErrorCode } from './errors.ts';
import type { ApiScope } from './team.ts';
import * as schemas from './api-schemas.ts';

export interface ApiOperation {
	id: string;
	method: 'GET' | 'POST' | 'PATCH';
	/** `{id}` is the only parameter that a path has. */
	path: string;
	scope: ApiScope;
	summary: string;
	description?: string;
	query: z.ZodMiniObject;
	body?: z.ZodMiniType;
	/** Name of the schema that is answered; `page`: many of them and a cursor. */
	answer: 'Conversation' | 'Message' | 'Visitor';
	page?: boolean;
	refusals: readonly ErrorCode[];
}

const found = ['conversation_not_found'] as const;

/** Every operation of the REST API, below `/functions/v1/api/v1`. */
export const apiOperations = [
	{
		id: 'listConversations',
		method: 'GET',
		path: '/conversations',
		scope: 'conversations:read',
		summary: 'Conversations, the newest word first',
		query: schemas.ConversationQuery,
		answer: 'Conversation',
		page: true,
		refusals: []
	},
	{
		id: 'getConversation',
		method: 'GET',
		path: '/conversations/{id}',
		scope: 'conversations:read',
		summary: 'One conversation',
		query: schemas.NoQuery,
		answer: 'Conversation',
		refusals: found
	},
	{
		id: 'changeConversation',
		method: 'PATCH',
		path: '/conversations/{id}',
		scope: 'conversations:write',
		summary: 'Close, reopen, assign, change the priority',
		description: 'What is not named stays. `assignee_id: null` gives it to nobody.',
		query: schemas.NoQuery,
		body: schemas.ConversationChanges,
		answer: 'Conversation',
		refusals: [...found, 'assignee_not_on_site']
	},
	{
		id: 'listMessages',
		method: 'GET',
		path: '/conversations/{id}/messages',
		scope: 'messages:read',
		summary: 'Messages of a conversation, oldest first',
		description: 'Private notes (`visibility: team`) are among them. The cursor is the last `seq`.',
		query: schemas.MessageQuery,
		answer: 'Message',
		page: true,
		refusals: found
	},
	{
		id: 'sendMessage',
		method: 'POST',
		path: '/conversations/{id}/messages',
		scope: 'messages:write',
		summary: 'Send a message',
		description:
			'As the operator of `operator_id`, otherwise as a bot called `author_name`. `id` is a UUID that you make: the same request again answers the stored message and sends nothing.',
		query: schemas.NoQuery,
		body: schemas.NewApiMessage,
		answer: 'Message',
		refusals: [...found, 'id_conflict', 'assignee_not_on_site', 'message_empty']
	},
	{
		id: 'listVisitors',
		method: 'GET',
		path: '/visitors',
		scope: 'visitors:read',
		summary: 'Visitors, newest first',
		query: schemas.VisitorQuery,
		answer: 'Visitor',
		page: true,
		refusals: []
	},
	{
		id: 'getVisitor',
		method: 'GET',
		path: '/visitors/{id}',
		scope: 'visitors:read',
		summary: 'One visitor',
		query: schemas.NoQuery,
		answer: 'Visitor',
		refusals: ['visitor_not_found']
	},
	{
		id: 'changeVisitor',
		method: 'PATCH',
		path: '/visitors/{id}',
		scope: 'visitors:write',
		summary: 'Change name, e-mail or phone',
		description: 'What is not named stays; null empties it.',
		query: schemas.NoQuery,
		body: schemas.VisitorChanges,
		answer: 'Visitor',
		refusals: ['visitor_not_found']
	}
] as const satisfies readonly ApiOperation[];

export type ApiOperationId = (typeof apiOperations)[number]['id'];
