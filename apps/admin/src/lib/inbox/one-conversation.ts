import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { Backend } from '#lib/session/backend.ts';
import { failureOf } from './failure.ts';

const columns = `
	id, organization_id, site_id, visitor_id, status, assignee_id, last_seq, last_message_at,
	last_message_preview, last_author_kind, waiting_since, visitor_message_count, visitor_read_seq,
	team_read_seq, created_at, updated_at
` as const;

/** A row of the list for a conversation that no list has brought: opened by its address. */
export async function oneConversation(
	rest: Backend['rest'],
	me: string,
	id: string
): Promise<MyInboxConversation | null> {
	const [conversation, read, labels] = await Promise.all([
		rest.from('conversations').select(columns).eq('id', id).maybeSingle(),
		rest
			.from('conversation_reads')
			.select('last_read_seq, read_visitor_count')
			.eq('conversation_id', id)
			.eq('reader_id', me)
			.maybeSingle(),
		rest.from('conversation_labels').select('label_id').eq('conversation_id', id).order('label_id')
	]);
	for (const { error, status } of [conversation, read, labels]) {
		if (error) throw failureOf({ status, error });
	}
	if (!conversation.data) return null;
	const visitor = await rest
		.from('visitors')
		.select('name, email, verified')
		.eq('id', conversation.data.visitor_id)
		.maybeSingle();
	if (visitor.error) throw failureOf(visitor);
	return {
		...conversation.data,
		visitor_name: visitor.data?.name ?? null,
		visitor_email: visitor.data?.email ?? null,
		visitor_verified: visitor.data?.verified ?? false,
		label_ids: (labels.data ?? []).map((row) => row.label_id),
		my_last_read_seq: read.data?.last_read_seq ?? 0,
		my_read_visitor_count: read.data?.read_visitor_count ?? 0
	};
}
