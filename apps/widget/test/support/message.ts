import type { ListedConversation, VisitorConversation } from '@chatiq/contracts/conversation';
import type { Message } from '@chatiq/contracts/message';

export const conversationId = '01900000-0000-7000-8000-00000000000c';

export function message(seq: number, change: Partial<Message> = {}): Message {
	return {
		id: `01900000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
		organization_id: 'organization',
		site_id: 'site',
		conversation_id: conversationId,
		seq,
		author_kind: 'operator',
		author_id: 'olena',
		author_name: 'Olena',
		visibility: 'public',
		body: `text ${seq}`,
		created_at: '2026-11-21T10:00:00+00:00',
		edited_at: null,
		redacted_at: null,
		reply_to_seq: null,
		attachments: [],
		reactions: {},
		quick_replies: [],
		change_seq: 0,
		...change
	};
}

export function row(change: Partial<VisitorConversation> = {}): VisitorConversation {
	return {
		id: conversationId,
		status: 'open',
		created_at: '2026-11-21T10:00:00+00:00',
		last_seq: 0,
		last_change_seq: 0,
		visitor_read_seq: 0,
		team_read_seq: 0,
		...change
	};
}

export function listed(change: Partial<ListedConversation> = {}): ListedConversation {
	return {
		...row(change),
		last_message_at: '2026-11-21T10:00:00+00:00',
		last_message_preview: '',
		last_author_kind: 'visitor',
		unread_count: 0,
		...change
	};
}
