import type { Tables } from './database.gen.ts';
import type { Message } from './message.ts';

/** `export_visitor`: all that is kept of a visitor, private notes included. Columns as in the tables. */
export interface VisitorExport extends OneVisitor {
	exported_at: string;
	/** Those that were merged with it. */
	merged: OneVisitor[];
}

interface OneVisitor {
	visitor: Omit<Tables<'visitors'>, 'organization_id'>;
	sessions: {
		created_at: string;
		expires_at: string;
		/** Where the browser was when the session was last opened. */
		address: string | null;
		/** Claims that the customer's server signed. */
		identity: Record<string, unknown> | null;
	}[];
	conversations: (Omit<
		Tables<'conversations'>,
		'organization_id' | 'changed_xid' | 'visitor_id'
	> & {
		rating: Omit<Tables<'ratings'>, 'organization_id' | 'site_id'> | null;
		/** Names of the labels. */
		labels: string[];
		messages: Omit<Message, 'organization_id' | 'site_id' | 'conversation_id'>[];
	})[];
	pages: Omit<Tables<'visitor_pages'>, 'organization_id' | 'site_id' | 'visitor_id'>[];
	blocks: Omit<Tables<'blocklist'>, 'organization_id' | 'created_by'>[];
}
