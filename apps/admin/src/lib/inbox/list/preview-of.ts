import type { InboxConversation } from '@chatiq/contracts/conversation';
import { withoutMarks } from '@chatiq/contracts/light-marks';
import { m } from '@chatiq/i18n/console';

type Previewed = Pick<InboxConversation, 'last_author_kind' | 'last_message_preview'>;

/** What the list shows of a conversation: what a person wrote last. After a bot that is nearly always the visitor. */
export function previewOf({ last_author_kind, last_message_preview }: Previewed): string {
	const preview = withoutMarks(last_message_preview) || m.message_redacted();
	return last_author_kind === 'operator' ? m.inbox_team_wrote({ preview }) : preview;
}
