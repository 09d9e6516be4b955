import type { Enums } from './database.gen.ts';

export const notificationEvents = [
	'new_conversation',
	'my_message',
	'any_message',
	'assigned',
	'mention',
	'missed_chat',
	'other'
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

export const notificationChannels = ['list', 'sound', 'desktop', 'push', 'email'] as const;
export type NotificationChannel = (typeof notificationChannels)[number];

export interface Notification {
	id: string;
	kind: Enums<'notification_kind'>;
	event: NotificationEvent;
	/** How the recipient is to hear of it; `choose_channels` in SQL decides, nobody else. */
	channels: NotificationChannel[];
	organization_id: string;
	site_id: string | null;
	conversation_id: string | null;
	/** The `seq` of the message that was told; 0 for none. Later words of a wait raise it. */
	round: number;
	/** How many messages of the same wait it stands for. */
	count: number;
	created_at: string;
	told_at: string;
	read_at: string | null;
	/** Whom it is about; a nameless visitor is told apart by it. */
	person_id: string | null;
	/** What the list calls them: a name or an address. */
	visitor_name: string | null;
	actor_name: string | null;
	rule_name: string | null;
	/** The beginning of what a person wrote, as it is now; null when there is nothing, or nothing any more. */
	preview: string | null;
}

export interface NotificationStep {
	step: Enums<'notification_step'>;
	detail: string;
	round: number;
	at: string;
}

export interface NotificationPage {
	notifications: (Notification & { steps: NotificationStep[] })[];
	has_more: boolean;
	/** 100 at most. */
	unread: number;
}

export interface NotificationPreferences {
	events: Record<NotificationEvent, NotificationChannel[]>;
	/** `HH:MM`; a night belongs to the ISO day on which it begins. */
	quiet: { from: string; until: string; days: number[] } | null;
	/** Null until it was chosen here or in the profile. */
	time_zone: string | null;
	email_after_minutes: number;
	/** A summary by e-mail in the morning, when there is something to tell. */
	digest: boolean;
	/** The numbers of the week by e-mail on Monday, for owners and admins. */
	weekly_report: boolean;
}

export interface PushDevice {
	id: string;
	device: string;
	endpoint: string;
	created_at: string;
	pushed_at: string | null;
}

export interface PushSettings {
	/** The project's VAPID key, base64url; null when it has none. */
	public_key: string | null;
	devices: PushDevice[];
}

/** Answer of `push_message` to the worker. */
export interface PushMessage {
	endpoint: string;
	p256dh: string;
	auth: string;
	language: 'en' | 'uk';
	vapid_keys: { public: string; private: string } | null;
	console_url: string | null;
	/** Null for a test. */
	notification: Notification | null;
}

/** What the console's service worker gets, encrypted on the way. */
export interface PushedNotification {
	title: string;
	body: string;
	/** A later one with the same tag takes its place. */
	tag: string;
	/** A path of the console. */
	path: string;
}
