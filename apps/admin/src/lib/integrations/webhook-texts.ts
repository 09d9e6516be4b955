import type { WebhookEvent } from '@chatiq/contracts/webhooks';
import { m } from '@chatiq/i18n/console';
import type { DeliveryStatus } from './integrations-api.ts';

/** Events as the form groups them. */
export const eventGroups: readonly { title: () => string; events: readonly WebhookEvent[] }[] = [
	{
		title: m.webhooks_group_messages,
		events: ['message.created', 'message.edited', 'message.redacted']
	},
	{
		title: m.webhooks_group_conversations,
		events: [
			'conversation.created',
			'conversation.assigned',
			'conversation.closed',
			'conversation.reopened',
			'conversation.labelled',
			'conversation.rated',
			'conversation.updated'
		]
	},
	{
		title: m.webhooks_group_visitors,
		events: ['visitor.created', 'visitor.updated', 'visitor.erased']
	}
];

export const eventText: Record<WebhookEvent, () => string> = {
	'conversation.created': m.webhooks_event_conversation_created,
	'conversation.updated': m.webhooks_event_conversation_updated,
	'conversation.closed': m.webhooks_event_conversation_closed,
	'conversation.reopened': m.webhooks_event_conversation_reopened,
	'conversation.assigned': m.webhooks_event_conversation_assigned,
	'conversation.labelled': m.webhooks_event_conversation_labelled,
	'conversation.rated': m.webhooks_event_conversation_rated,
	'message.created': m.webhooks_event_message_created,
	'message.edited': m.webhooks_event_message_edited,
	'message.redacted': m.webhooks_event_message_redacted,
	'visitor.created': m.webhooks_event_visitor_created,
	'visitor.updated': m.webhooks_event_visitor_updated,
	'visitor.erased': m.webhooks_event_visitor_erased
};

export const statusText: Record<DeliveryStatus, () => string> = {
	pending: m.webhooks_status_pending,
	delivered: m.webhooks_status_delivered,
	dead: m.webhooks_status_dead
};

/** Whether the database takes it, and why not, before it is asked. */
export function urlProblem(url: string): (() => string) | null {
	if (!URL.canParse(url)) return m.webhooks_url_invalid;
	const { protocol, hostname, username, password, hash } = new URL(url);
	const here = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
	if (protocol !== 'https:' && !(protocol === 'http:' && here)) return m.webhooks_url_https;
	return username || password || hash || /\s/.test(url) || url.length > 2000
		? m.webhooks_url_plain
		: null;
}
