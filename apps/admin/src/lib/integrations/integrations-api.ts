import type { PostgrestClient } from '@supabase/postgrest-js';
import type { Database, Tables } from '@chatiq/contracts/database';
import type { ApiKeyWithSecret, RotatedSecret } from '@chatiq/contracts/team';
import type { Webhook, WebhookDelivery } from '@chatiq/contracts/webhooks';
import { failureOf } from '#lib/inbox/failure.ts';

export type ApiKey = Tables<'api_keys'>;
export type WebhookFields = Pick<Webhook, 'name' | 'url' | 'events' | 'site_id'>;
export type ListedDelivery = Omit<WebhookDelivery, 'payload'>;
export type DeliveryStatus = WebhookDelivery['status'];

export interface NewApiKey {
	key_id: string;
	organization_id: string;
	name: string;
	scopes: string[];
	expires_at?: string;
}

/** What the two pages ask of the backend. Ids are made by the page: a repeat changes nothing. */
export interface IntegrationsApi {
	webhooks(organization: string): Promise<Webhook[]>;
	addWebhook(id: string, organization: string, fields: WebhookFields): Promise<void>;
	changeWebhook(id: string, fields: Partial<WebhookFields & { active: boolean }>): Promise<void>;
	removeWebhook(id: string): Promise<void>;
	secret(webhook: string): Promise<RotatedSecret>;
	rotate(webhook: string, version: number): Promise<RotatedSecret>;
	test(webhook: string, eventId: string): Promise<ListedDelivery>;
	deliveries(
		webhook: string,
		status: DeliveryStatus | null,
		before: number | null
	): Promise<ListedDelivery[]>;
	deadCount(webhook: string): Promise<number>;
	payload(delivery: string): Promise<unknown>;
	replay(delivery: string): Promise<void>;
	replayDead(webhook: string): Promise<number>;
	apiKeys(organization: string): Promise<ApiKey[]>;
	addApiKey(key: NewApiKey): Promise<ApiKeyWithSecret>;
	revokeApiKey(id: string): Promise<void>;
}

export const pageSize = 50;

const listed =
	'id, organization_id, webhook_id, event_id, event, conversation_id, status, attempts, next_attempt_at, last_attempt_at, response_code, response_excerpt, last_error, latency_ms, created_at, delivered_at, ordinal, lane, runner, retry_until';

interface Answer<Data> {
	data: Data;
	error: { message: string; details: string } | null;
	status: number;
}

function accept<Data>({ data, error, status }: Answer<Data>): NonNullable<Data> {
	if (error) throw failureOf({ status, error });
	return data as NonNullable<Data>;
}

export function supabaseIntegrations(rest: () => PostgrestClient<Database>): IntegrationsApi {
	return {
		...webhookCalls(rest),
		...deliveryCalls(rest),
		apiKeys: async (organization_id) =>
			accept(
				await rest()
					.from('api_keys')
					.select()
					.eq('organization_id', organization_id)
					.order('created_at', { ascending: false })
			),
		addApiKey: async (key) =>
			accept(await rest().rpc('create_api_key', key)) as unknown as ApiKeyWithSecret,
		revokeApiKey: async (key_id) => {
			accept(await rest().rpc('revoke_api_key', { key_id }));
		}
	};
}

type WebhookCalls = Pick<
	IntegrationsApi,
	'webhooks' | 'addWebhook' | 'changeWebhook' | 'removeWebhook' | 'secret' | 'rotate'
>;

function webhookCalls(rest: () => PostgrestClient<Database>): WebhookCalls {
	return {
		webhooks: async (organization_id) =>
			accept(
				await rest()
					.from('webhooks')
					.select()
					.eq('organization_id', organization_id)
					.order('created_at')
			),
		async addWebhook(id, organization_id, fields) {
			const answer = await rest()
				.from('webhooks')
				.insert({ id, organization_id, ...fields });
			// Its answer was lost the first time.
			if (answer.error?.code !== '23505') accept(answer);
		},
		async changeWebhook(id, fields) {
			accept(await rest().from('webhooks').update(fields).eq('id', id));
		},
		async removeWebhook(id) {
			accept(await rest().from('webhooks').delete().eq('id', id));
		},
		secret: async (webhook_id) =>
			accept(await rest().rpc('read_webhook_secret', { webhook_id })) as unknown as RotatedSecret,
		rotate: async (webhook_id, version) =>
			accept(
				await rest().rpc('rotate_webhook_secret', { webhook_id, version })
			) as unknown as RotatedSecret
	};
}

type DeliveryCalls = Pick<
	IntegrationsApi,
	'test' | 'deliveries' | 'deadCount' | 'payload' | 'replay' | 'replayDead'
>;

function deliveryCalls(rest: () => PostgrestClient<Database>): DeliveryCalls {
	return {
		test: async (webhook_id, event_id) =>
			accept(await rest().rpc('test_webhook', { webhook_id, event_id })),
		async deliveries(webhook_id, status, before) {
			let query = rest().from('webhook_deliveries').select(listed).eq('webhook_id', webhook_id);
			if (status !== null) query = query.eq('status', status);
			if (before !== null) query = query.lt('ordinal', before);
			return accept(await query.order('ordinal', { ascending: false }).limit(pageSize));
		},
		async deadCount(webhook_id) {
			const answer = await rest()
				.from('webhook_deliveries')
				.select('id', { count: 'exact', head: true })
				.eq('webhook_id', webhook_id)
				.eq('status', 'dead')
				.neq('event', 'test');
			accept(answer);
			return answer.count ?? 0;
		},
		payload: async (id) =>
			accept(await rest().from('webhook_deliveries').select('payload').eq('id', id).single())
				.payload,
		async replay(delivery_id) {
			accept(await rest().rpc('replay_webhook_delivery', { delivery_id }));
		},
		replayDead: async (webhook_id) =>
			accept(await rest().rpc('replay_dead_deliveries', { webhook_id }))
	};
}
