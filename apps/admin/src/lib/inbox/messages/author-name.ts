import { m } from '@chatiq/i18n/console';
import type { Message } from '@chatiq/contracts/message';
import type { Membership } from '#lib/session/membership.ts';
import type { Conversation } from '../conversation.svelte.ts';
import { visitorName } from '../visitor/visitor-name.ts';

/** Who wrote a message, as the operator calls them. */
export function authorName(
	{ author_kind, author_id, author_name }: Message,
	conversation: Conversation,
	membership: Membership
): string {
	if (author_kind === 'visitor') return conversation.row ? visitorName(conversation.row) : '';
	if (author_kind === 'bot') return m.message_bot();
	return reactorName(author_id ?? '', conversation, membership, author_name);
}

/** Who stands behind an id: me, a colleague, or the visitor. */
export function reactorName(
	id: string,
	{ row }: Conversation,
	{ me, people }: Membership,
	otherwise: string | null = null
): string {
	if (id === me.id) return m.message_you();
	if (row && id === row.visitor_id) return visitorName(row);
	return people.get(id)?.display_name ?? otherwise ?? m.message_team_member();
}
