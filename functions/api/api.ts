import type { Database, Json } from '@chatiq/contracts/database';
import {
	apiOperations,
	type ApiOperation,
	type ApiOperationId
} from '@chatiq/contracts/api-operations';
import { AppError } from '@chatiq/contracts/errors';
import * as z from 'zod/mini';
import { refusal, type ServiceClient } from '../_shared/database.ts';

export interface ApiRequest {
	method: string;
	/** Below `/v1`. */
	path: string;
	query: Record<string, string>;
	body: unknown;
	/** The bearer token. */
	key: string | null;
}

interface Call {
	key_hash: string;
	id: string;
	query: Record<string, unknown>;
	body: Record<string, unknown>;
}

type Functions = Database['public']['Functions'];
type Name = Extract<keyof Functions, `api_${string}`>;

/** Which SQL function does it. Whose key it is and what it may, that function decides. */
const calls: Record<ApiOperationId, (call: Call) => [Name, Record<string, unknown>]> = {
	listConversations: ({ key_hash, query }) => [
		'api_list_conversations',
		{ key_hash, ...paged(query) }
	],
	getConversation: ({ key_hash, id }) => [
		'api_get_conversation',
		{ key_hash, conversation_id: id }
	],
	changeConversation: ({ key_hash, id, body }) => [
		'api_change_conversation',
		{ key_hash, conversation_id: id, changes: body }
	],
	listMessages: ({ key_hash, id, query: { cursor, limit } }) => [
		'api_list_messages',
		{ key_hash, conversation_id: id, after_seq: cursor, max_rows: limit }
	],
	sendMessage: ({ key_hash, id, body: { id: message_id, ...body } }) => [
		'api_send_message',
		{ key_hash, conversation_id: id, message_id, ...body }
	],
	listVisitors: ({ key_hash, query }) => ['api_list_visitors', { key_hash, ...paged(query) }],
	getVisitor: ({ key_hash, id }) => ['api_get_visitor', { key_hash, visitor_id: id }],
	changeVisitor: ({ key_hash, id, body }) => [
		'api_change_visitor',
		{ key_hash, visitor_id: id, changes: body }
	]
};

const paged = ({ limit, ...query }: Record<string, unknown>) => ({ ...query, max_rows: limit });

export async function answerApi(request: ApiRequest, client: ServiceClient): Promise<Json> {
	const { operation, id } = route(request);
	if (!request.key) throw new AppError('api_key_invalid', 'Send an API key as a bearer token.');
	const [name, args] = calls[operation.id]({
		key_hash: await sha256(request.key),
		id,
		query: parse(operation.query, request.query),
		body: 'body' in operation ? parse(operation.body, request.body) : {}
	});
	const { data, error } = await client.rpc(name, args as Functions[typeof name]['Args']);
	if (error) throw refusal(error);
	return data;
}

function route({ method, path }: ApiRequest): {
	operation: (typeof apiOperations)[number];
	id: string;
} {
	const there = apiOperations.flatMap((operation) => {
		const match = pattern(operation).exec(path);
		return match ? [{ operation, id: match[1] ?? '' }] : [];
	});
	if (there.length === 0) throw new AppError('not_found', `There is no ${path}.`);
	const wanted = there.find(({ operation }) => operation.method === method);
	if (!wanted) throw new AppError('method_not_allowed');
	if (wanted.id !== '' && !z.uuid().safeParse(wanted.id).success) {
		throw new AppError('invalid_input', 'The id in the address is no UUID.');
	}
	return wanted;
}

const pattern = ({ path }: ApiOperation) => new RegExp(`^${path.replace('{id}', '([^/]+)')}/?$`);

function parse(schema: z.ZodMiniType, given: unknown): Record<string, unknown> {
	const result = schema.safeParse(given);
	if (!result.success) throw new AppError('invalid_input', z.prettifyError(result.error));
	return result.data as Record<string, unknown>;
}

async function sha256(text: string): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
	return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
