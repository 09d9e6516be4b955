import { m } from '@chatiq/i18n/console';
import type { InboxConversation } from '@chatiq/contracts/conversation';

type Named = Pick<InboxConversation, 'visitor_name' | 'visitor_email' | 'visitor_id'>;

/** What to call a visitor; the code tells nameless ones apart. */
export function visitorName({ visitor_name, visitor_email, visitor_id }: Named): string {
	if (visitor_name) return visitor_name;
	if (visitor_email) return visitor_email;
	return m.visitor_anonymous({ code: visitor_id.slice(-4).toUpperCase() });
}
