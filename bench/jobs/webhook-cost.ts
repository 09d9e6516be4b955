import type postgres from 'postgres';
import type { Tenant } from '../../e2e/support/tenant.ts';

const triggers = {
	messages: 'publish_message_created',
	conversations: 'publish_conversation_created'
};

/** What webhooks cost a send: without their triggers, with them and no webhook, with one that hears of messages. */
export async function timeWebhooks(
	sql: postgres.Sql,
	{ organization }: Tenant,
	send: () => Promise<number[]>
): Promise<Record<'without' | 'none' | 'one', number[]>> {
	const times: Record<'without' | 'none' | 'one', number[]> = { without: [], none: [], one: [] };
	// In turns: what else this machine does falls on all.
	for (let round = 0; round < 3; round++) {
		await switchTriggers(sql, 'disable');
		times.without.push(...(await send()));
		await switchTriggers(sql, 'enable');
		times.none.push(...(await send()));
		await sql`
			insert into public.webhooks (organization_id, url, events)
			values (${organization}, 'https://hooks.invalid', '{message.created}')`;
		times.one.push(...(await send()));
		await sql`delete from public.webhooks where organization_id = ${organization}`;
	}
	return times;
}

async function switchTriggers(sql: postgres.Sql, to: 'enable' | 'disable'): Promise<void> {
	for (const [table, trigger] of Object.entries(triggers)) {
		await sql`alter table public.${sql(table)} ${sql.unsafe(to)} trigger ${sql(trigger)}`;
	}
}
