import * as z from 'zod/mini';

// What the REST API takes and answers. functions/api parses with these, and the OpenAPI description is made of them.

const Time = z.iso.datetime({ offset: true });
const Id = z.uuid();

export const ApiConversation = z.object({
	id: Id,
	site_id: Id,
	visitor_id: Id,
	status: z.enum(['open', 'closed', 'snoozed']),
	priority: z.enum(['low', 'normal', 'high', 'urgent']),
	assignee_id: z.nullable(Id),
	label_ids: z.array(Id),
	last_seq: z.int(),
	last_message_at: Time,
	waiting_since: z.nullable(Time),
	snoozed_until: z.nullable(Time),
	close_reason: z.nullable(z.enum(['resolved', 'no_reply', 'spam', 'duplicate', 'other'])),
	closed_at: z.nullable(Time),
	created_at: Time,
	updated_at: Time
});

export const ApiMessage = z.object({
	id: Id,
	conversation_id: Id,
	site_id: Id,
	seq: z.int(),
	author_kind: z.enum(['visitor', 'operator', 'bot', 'system']),
	author_id: z.nullable(Id),
	author_name: z.nullable(z.string()),
	visibility: z.enum(['public', 'team']),
	body: z.string(),
	reply_to_seq: z.nullable(z.int()),
	attachments: z.array(
		z.object({ id: Id, name: z.string(), content_type: z.string(), size_bytes: z.int() })
	),
	created_at: Time,
	edited_at: z.nullable(Time),
	redacted_at: z.nullable(Time)
});

export const ApiVisitor = z.object({
	id: Id,
	site_id: Id,
	external_id: z.nullable(z.string()),
	verified: z.boolean(),
	name: z.nullable(z.string()),
	email: z.nullable(z.string()),
	phone: z.nullable(z.string()),
	language: z.nullable(z.string()),
	time_zone: z.nullable(z.string()),
	created_at: Time,
	last_seen_at: Time
});

const Limit = z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)));
const Cursor = z.optional(z.string().check(z.maxLength(300)));

export const ConversationQuery = z.strictObject({
	status: z.optional(z.enum(['open', 'closed', 'snoozed'])),
	site_id: z.optional(Id),
	visitor_id: z.optional(Id),
	cursor: Cursor,
	limit: Limit
});

export const MessageQuery = z.strictObject({
	cursor: z.optional(z.coerce.number().check(z.int(), z.minimum(0), z.maximum(2_147_483_647))),
	limit: Limit
});

export const VisitorQuery = z.strictObject({
	email: z.optional(z.string().check(z.minLength(3), z.maxLength(254))),
	external_id: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
	site_id: z.optional(Id),
	cursor: Cursor,
	limit: Limit
});

export const NoQuery = z.strictObject({});

export const ConversationChanges = z
	.strictObject({
		status: z.optional(z.enum(['open', 'closed'])),
		close_reason: z.optional(z.enum(['resolved', 'no_reply', 'spam', 'duplicate', 'other'])),
		assignee_id: z.optional(z.nullable(Id)),
		priority: z.optional(z.enum(['low', 'normal', 'high', 'urgent']))
	})
	.check(z.refine((changes) => Object.keys(changes).length > 0, 'name what should change'));

export const NewApiMessage = z.strictObject({
	/** Made by the caller: a repeat answers the stored message. */
	id: Id,
	body: z.string().check(z.minLength(1), z.maxLength(4000)),
	operator_id: z.optional(Id),
	author_name: z.optional(z.string().check(z.minLength(1), z.maxLength(120))),
	visibility: z.optional(z.enum(['public', 'team']))
});

export const VisitorChanges = z
	.strictObject({
		name: z.optional(z.nullable(z.string().check(z.minLength(1), z.maxLength(120)))),
		email: z.optional(z.nullable(z.email().check(z.maxLength(254)))),
		phone: z.optional(z.nullable(z.string().check(z.minLength(3), z.maxLength(40))))
	})
	.check(z.refine((changes) => Object.keys(changes).length > 0, 'name what should change'));
