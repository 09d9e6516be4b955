import { uuidv7 } from '@chatiq/contracts/ids';
import { topics } from '@chatiq/contracts/topics';
import { REALTIME_SUBSCRIBE_STATES } from '@supabase/supabase-js';
import type postgres from 'postgres';
import type { Tenant, Visitor } from '../../e2e/support/tenant.ts';

const conversations = 30;
const patienceMs = 10_000;

/** Milliseconds from the send to the rule's answer on the visitor's own socket, once per conversation. */
export async function timeReplies(sql: postgres.Sql, tenant: Tenant): Promise<number[]> {
	const { organization, site } = tenant;
	await sql`
		insert into public.auto_reply_rules (organization_id, site_id, name, trigger, conditions, texts, enabled)
		values (${organization}, ${site.id}, 'Ping', 'keyword', '{"keywords": ["ping"]}', '{"en": "Pong"}', true)`;
	const visitor = await tenant.addVisitor();
	await visitor.client.realtime.setAuth();
	const times: number[] = [];
	for (let n = 0; n < conversations; n++) times.push(await timeReply(visitor));
	await sql`delete from public.auto_reply_rules where site_id = ${site.id}`;
	await visitor.client.realtime.disconnect();
	// The first one loads code and plans.
	return times.slice(1);
}

async function timeReply({ client }: Visitor): Promise<number> {
	const conversation_id = uuidv7();
	await client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	const answered = Promise.withResolvers<number>();
	const channel = client.channel(topics.conversation(conversation_id), {
		config: { private: true }
	});
	channel.on('broadcast', { event: 'message_created' }, ({ payload }) => {
		const { author_kind } = payload as { author_kind: string };
		if (author_kind === 'bot') answered.resolve(performance.now());
	});
	await new Promise<void>((joined, failed) => {
		channel.subscribe((status, error) => {
			if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) joined();
			else failed(error ?? new Error(status));
		});
	});
	const timer = setTimeout(() => {
		answered.reject(new Error('no auto-reply came'));
	}, patienceMs);
	const begin = performance.now();
	await client
		.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body: 'ping' })
		.throwOnError();
	const end = await answered.promise;
	clearTimeout(timer);
	return end - begin;
}
