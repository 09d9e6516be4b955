import type { Tables } from './database.gen.ts';

/** What a webhook can ask for, as `app.known_events` has it. */
export const webhookEvents = [
	'conversation.created',
	'conversation.updated',
	'conversation.closed',
	'conversation.reopened',
	'conversation.assigned',
	'conversation.labelled',
	'conversation.rated',
	'message.created',
	'message.edited',
	'message.redacted',
	'visitor.created',
	'visitor.updated',
	'visitor.erased'
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export type Webhook = Tables<'webhooks'>;
export type WebhookDelivery = Tables<'webhook_deliveries'>;

/** Answer of `claim_webhook_delivery`. */
export interface ClaimedDelivery {
	id: string;
	/** The same for every try: receivers drop repeats by it. */
	event_id: string;
	url: string;
	/** The bytes that are signed and sent. */
	body: string;
	/** Two while a rotation overlaps; the newest first. */
	secrets: string[];
}

/** What `record_webhook_delivery` is told about a try. */
export type DeliveryOutcome = {
	latency_ms: number;
	response_code?: number;
	response_excerpt?: string;
	/** Why there was no answer, or none that counts. */
	error?: string;
	/** Seconds that the other side asked for. */
	retry_after?: number;
};
