import type postgres from 'postgres';
import type { Tenant } from '../../e2e/support/tenant.ts';

const triggers = {
	messages: 'publish_message_created',
	conversations: 'publish_conversation_created'
};

const states = ['without', 'none', 'one'] as const;
type State = (typeof states)[number];

/** What webhooks cost a send: without their triggers, with them and no webhook, with one that hears of messages. */
export async function timeWebhooks(
	sql: postgres.Sql,
	{ organization }: Tenant,
	send: () => Promise<number[]>
): Promise<Record<State, number[]>> {
	const times: Record<State, number[]> = { without: [], none: [], one: [] };
	// In turns, each state once in each place: what else this machine does falls on all.
	for (const [round] of [...states, ...states].entries()) {
		for (const [place] of states.entries()) {
			const state = states[(round + place) % states.length] ?? 'without';
			await switchTriggers(sql, state === 'without' ? 'disable' : 'enable');
			if (state === 'one') {
				await sql`
					insert into public.webhooks (organization_id, url, events)
					values (${organization}, 'https://hooks.invalid', '{message.created}')`;
			}
			times[state].push(...(await send()));
			await sql`delete from public.webhooks where organization_id = ${organization}`;
		}
	}
	await switchTriggers(sql, 'enable');
	return times;
}

async function switchTriggers(sql: postgres.Sql, to: 'enable' | 'disable'): Promise<void> {
	for (const [table, trigger] of Object.entries(triggers)) {
		await sql`alter table public.${sql(table)} ${sql.unsafe(to)} trigger ${sql(trigger)}`;
	}
}
