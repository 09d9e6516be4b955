import { m } from '@chatiq/i18n/console';
import type { InboxConversation } from '@chatiq/contracts/conversation';

type Named = Pick<InboxConversation, 'visitor_name' | 'visitor_email' | 'person_id'>;

/** A visitor's own row. */
export interface Who {
	id: string;
	name: string | null;
	email: string | null;
}

/** What to call the visitor of a conversation. */
export const visitorName = ({ visitor_name, visitor_email, person_id }: Named): string =>
	whoName({ id: person_id, name: visitor_name, email: visitor_email });

/** What to call a visitor; the code tells nameless ones apart. */
export const whoName = ({ id, name, email }: Who): string =>
	name ?? email ?? m.visitor_anonymous({ code: id.slice(-4).toUpperCase() });
