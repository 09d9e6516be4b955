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
	/** Names the address for an answer by e-mail. */
	reply_token: string;
	unsubscribe_token: string;
}

export interface MissedChatMail extends Mail {
	to: string;
	site_name: string;
	visitor_name: string | null;
	conversation_id: string;
	since: string;
	lines: MailLine[];
	reply_token: string;
	unsubscribe_token: string;
}

/** An answer by e-mail that became no message. */
export interface ReplyRefusedMail extends Mail {
	to: string;
	site_name: string;
	reason: 'wrong_sender' | 'expired' | 'empty';
	/** For a visitor. */
	page_url: string | null;
	/** For an operator. */
	conversation_id: string | null;
}

/** Answer of `reply_recipient` to the function inbound-mail. */
export interface ReplyRecipient {
	kind: 'visitor' | 'operator';
	language: 'en' | 'uk';
	/** What becomes of the mail whatever it says; null when it may become a message. */
	outcome: MailOutcome | 'repeated' | null;
}

/** Answers of `receive_reply`: what became of a mail. */
export const mailOutcomes = [
	'stored',
	'noted',
	'unknown',
	'expired',
	'refused',
	'wrong_sender',
	'automatic',
	'empty',
	'too_many'
] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** An address to which nothing is sent any more. */
export interface MailBounce {
	email: string;
	kind: Enums<'bounce_kind'>;
	/** In the words of the server that refused; may be empty. */
	reason: string;
	bounced_at: string;
	/** Set when it is a colleague's. */
	member_name: string | null;
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

export interface DigestMail extends Mail {
	to: string;
	organization_name: string;
	/** 100 at most. */
	waiting_count: number;
	/** Mentions and assignments. */
	unseen_count: number;
	/** Ten at most, the longest wait first; null when nobody waits. */
	waiting:
		| {
				conversation_id: string;
				site_name: string;
				visitor_name: string | null;
				preview: string;
				since: string;
		  }[]
		| null;
	unsubscribe_token: string;
}

export interface WeekNumbers {
	conversations: number;
	missed: number;
	ratings: number;
	/** Of 4 and 5. */
	good_ratings: number;
	/** The median; null when nobody was answered. */
	first_response_seconds: number | null;
}

export interface WeeklyReportMail extends Mail {
	to: string;
	organization_name: string;
	/** Monday and Sunday, `YYYY-MM-DD`. */
	from_day: string;
	to_day: string;
	week: WeekNumbers;
	before: WeekNumbers;
	unsubscribe_token: string;
}

/** Answer of the function inbound-mail to an admin's GET: what is set up, without any secret. */
export interface MailSetup {
	sending: 'smtp' | 'resend' | null;
	/** Where answers by e-mail go; null where they do not come in. */
	reply_domain: string | null;
	/** Providers whose webhooks are taken. */
	webhooks: string[];
	/** Mails that came in during 30 days, by what became of them. */
	counts: Partial<Record<MailOutcome, number>>;
}
