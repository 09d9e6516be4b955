import { connect, type Backend } from '../../e2e/support/backend.ts';
import { openSession, type Person, type Tenant } from '../../e2e/support/tenant.ts';

/** A returning visitor: a conversation of 30 messages, all read. */
export interface Returning {
	conversationId: string;
	/** What the browser has kept. */
	storage: Record<string, string>;
}

/** Of a returning visitor's conversation. */
export const lastSeq = 30;

export async function returningVisitor(
	backend: Backend,
	tenant: Tenant,
	operator: Person,
	origin: string
): Promise<Returning> {
	const session = await openSession(backend, { site_key: tenant.site.site_key }, origin);
	const visitor = connect(backend, session.token);
	const conversationId = crypto.randomUUID();
	await visitor
		.rpc('start_conversation', {
			conversation_id: conversationId,
			message_id: crypto.randomUUID(),
			body: 'Do you ship to Lviv?'
		})
		.throwOnError();
	for (let seq = 1; seq < lastSeq; seq++) {
		await answer(operator, conversationId, `Answer ${seq}: yes, with Nova Post, in two days.`, seq);
	}
	await visitor.rpc('mark_read', { conversation_id: conversationId, seq: lastSeq }).throwOnError();
	return { conversationId, storage: { [`chatiq:${tenant.site.site_key}`]: session.refresh_token } };
}

export async function answer(
	operator: Person,
	conversationId: string,
	body: string,
	seenSeq: number
): Promise<void> {
	await operator.client
		.rpc('send_operator_message', {
			conversation_id: conversationId,
			message_id: crypto.randomUUID(),
			body,
			seen_seq: seenSeq
		})
		.throwOnError();
}
