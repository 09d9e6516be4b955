import type postgres from 'postgres';
import type { Tenant } from './tenant.ts';

/** Whose things the rows are. */
export interface Furnished {
	conversation: string;
	owner: string;
	operator: string;
}

/** One row in every table of the team side, as the product would have written it; once per site. */
export async function furnish(
	sql: postgres.Sql,
	{ organization, site }: Pick<Tenant, 'organization' | 'site'>,
	{ conversation, owner, operator }: Furnished
): Promise<void> {
	const [ids] = await sql<{ label: string; rule: string; webhook: string }[]>`
		with label as (
			insert into public.labels (organization_id, name) values (${organization}, ${`VIP ${site.id}`}) returning id
		), rule as (
			insert into public.auto_reply_rules (organization_id, site_id, name, trigger, texts)
			values (${organization}, ${site.id}, 'Greeting', 'first_message', '{"en": "Hello"}') returning id
		), webhook as (
			-- Switched off: nobody is at that address, and retries would write while somebody compares.
			insert into public.webhooks (organization_id, url, events, active)
			values (${organization}, 'https://hooks.test', '{message.created}', false) returning id
		)
		select label.id as label, rule.id as rule, webhook.id as webhook from label, rule, webhook`;
	if (!ids) throw new Error('nothing was written');
	await sql.begin(async (write) => {
		const tenant = { organization_id: organization, site_id: site.id };
		const rows: Record<string, Record<string, unknown>> = {
			conversation_labels: { ...tenant, conversation_id: conversation, label_id: ids.label },
			auto_reply_runs: { ...tenant, rule_id: ids.rule, key: `conversation:${conversation}` },
			webhook_deliveries: {
				organization_id: organization,
				webhook_id: ids.webhook,
				event_id: conversation,
				event: 'message.created',
				payload: write.json({ secret: conversation })
			},
			quick_templates: { ...tenant, language: 'en', shortcut: `hi-${site.id}`, body: 'Hello' },
			saved_views: {
				organization_id: organization,
				user_id: owner,
				name: 'Mine',
				filters: write.json({})
			},
			notifications: {
				...tenant,
				user_id: operator,
				kind: 'assigned',
				conversation_id: conversation
			},
			ratings: { ...tenant, conversation_id: conversation, score: 5, operator_id: operator },
			business_hours: { ...tenant, weekday: 1, opens: '09:00', closes: '18:00' },
			business_hours_exceptions: { ...tenant, day: '2026-12-25' },
			invitations: {
				id: crypto.randomUUID(),
				organization_id: organization,
				email: `${crypto.randomUUID()}@people.test`,
				role: 'operator'
			},
			api_keys: {
				id: crypto.randomUUID(),
				organization_id: organization,
				name: 'Shop',
				prefix: 'ciq_test',
				scopes: ['messages:read']
			},
			retired_site_keys: {
				...tenant,
				site_key: `pk_${site.id}`,
				valid_until: '2100-01-01T00:00:00Z'
			}
		};
		for (const [table, row] of Object.entries(rows)) {
			await write`insert into public.${write(table)} ${write(row)}`;
		}
		await write`select app.refresh_daily_stats(${site.id}, (now() at time zone 'UTC')::date)`;
	});
}
