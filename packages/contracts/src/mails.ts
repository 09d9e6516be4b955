import type { Enums } from './database.gen.ts';
import type { Notification } from './notifications.ts';

// What the SQL functions for mails answer to the worker.

export interface MailLine {
	seq: number;
	author_kind: Enums<'author_kind'>;
	author_name: string | null;
	body: string;
	created_at: string;
	/** Names of the attached files. */
	files: string[];
}

interface Mail {
	language: 'en' | 'uk';
	time_zone: string;
	functions_url?: string;
	console_url?: string;
}

export interface InvitationMail extends Mail {
	to: string;
	organization_name: string;
	invited_by_name: string | null;
	role: Enums<'member_role'>;
	expires_at: string;
	token: string;
}

export interface TranscriptMail extends Mail {
	site_name: string;
	page_url: string | null;
	lines: MailLine[];
}

export interface OfflineReplyMail extends TranscriptMail {
	to: string;
	unsubscribe_token: string;
}

export interface MissedChatMail extends Mail {
	to: string;
	site_name: string;
	visitor_name: string | null;
	conversation_id: string;
	since: string;
	lines: MailLine[];
	unsubscribe_token: string;
}

export interface NotificationMail extends Mail {
	to: string;
	site_name: string;
	notification: Notification;
	unsubscribe_token: string;
}

/** What `snippet_mail` answers. */
export interface SnippetLetter extends Mail {
	to: string;
	/** Where the loader is served; null where the deployment puts it. */
	widget_url: string | null;
	site_name: string;
	site_key: string;
	allowed_origins: string[];
	organization_name: string;
	sent_by_name: string | null;
}

/** A row of `list_snippet_mails`, and the answer of `mail_snippet`. */
export interface SnippetMail {
	id: string;
	email: string;
	created_at: string;
	sent_at: string | null;
	state: 'waiting' | 'sent' | 'failed';
}
