import type {
	InboxChanges,
	InboxConversation,
	InboxCounts,
	ListCounts,
	InboxPage
} from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let unassigned: Person;
let stranger: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Work');
	operator = await tenant.addMember('operator');
	unassigned = await tenant.addMember('operator', false);
	stranger = await (await createTenant(backend, sql, 'Elsewhere')).addMember('owner');
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});
afterAll(() => sql.end());

const inbox = async (status: 'open' | 'closed' | 'snoozed') =>
	(
		(await operator.client.rpc('list_inbox', { status, max_rows: 200 }).throwOnError())
			.data as unknown as InboxPage
	).conversations.some(({ id }) => id === conversation_id);
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('an assignment', () => {
	it('is to somebody who answers on the site, or to nobody', async () => {
		const assign = (assignee_id?: string) =>
			operator.client.rpc('assign_conversation', {
				conversation_id,
				...(assignee_id && { assignee_id })
			});
		const { data } = await assign(operator.id).throwOnError();
		expect((data as unknown as InboxConversation).assignee_id).toBe(operator.id);
		for (const other of [unassigned, stranger]) {
			expect((await assign(other.id)).error?.message).toBe('assignee_not_on_site');
		}
		const freed = await assign().throwOnError();
		expect((freed.data as unknown as InboxConversation).assignee_id).toBeNull();
	});
});

describe('a snooze', () => {
	const snooze = (until: string) =>
		operator.client.rpc('snooze_conversation', { conversation_id, until });

	it('puts the conversation away until its time comes', async () => {
		await snooze(inHours(1)).throwOnError();
		expect([await inbox('open'), await inbox('snoozed')]).toEqual([false, true]);
		const mine = await visitor.client.rpc('get_conversation', { conversation_id }).throwOnError();
		expect(mine.data).toMatchObject({ status: 'open' });
		await sql`update public.conversations set snoozed_until = now() where id = ${conversation_id}`;
		// What the schedule runs every minute.
		const [job] = await sql<{ command: string }[]>`
			select command from cron.job where jobname = 'chatiq-every-minute' and active`;
		await sql.unsafe(job?.command ?? '');
		expect([await inbox('open'), await inbox('snoozed')]).toEqual([true, false]);
	});

	it('ends when the visitor writes', async () => {
		await snooze(inHours(1)).throwOnError();
		await visitor.client
			.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body: 'Hey' })
			.throwOnError();
		const [row] = await sql`
			select status, snoozed_until from public.conversations where id = ${conversation_id}`;
		expect(row).toEqual({ status: 'open', snoozed_until: null });
	});

	it.each([inHours(-1), inHours(24 * 400), 'infinity'])('is refused until %s', async (until) => {
		expect((await snooze(until)).error?.message).toBe('invalid_input');
	});
});

describe('closing', () => {
	it('keeps the reason until the conversation opens again', async () => {
		const closed = await operator.client
			.rpc('set_conversation_status', { conversation_id, status: 'closed', reason: 'spam' })
			.throwOnError();
		expect(closed.data).toMatchObject({ status: 'closed', close_reason: 'spam' });
		await visitor.client
			.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body: 'Wait' })
			.throwOnError();
		const [row] = await sql`
			select status, close_reason from public.conversations where id = ${conversation_id}`;
		expect(row).toEqual({ status: 'open', close_reason: null });
	});

	it('ends the wait, and taking it back begins it again where it was', async () => {
		const set = (status: 'open' | 'closed') =>
			operator.client.rpc('set_conversation_status', { conversation_id, status }).throwOnError();
		const waiting = async () => {
			const [row] = await sql<{ since: Date | null }[]>`
				select waiting_since as since from public.conversations where id = ${conversation_id}`;
			return row?.since ?? null;
		};
		const since = await waiting();
		expect(since).not.toBeNull();
		await set('closed');
		expect(await waiting()).toBeNull();
		await set('open');
		expect(await waiting()).toEqual(since);
		// Days later it is another occasion.
		await set('closed');
		await sql`
			update public.conversations set closed_at = now() - interval '1 day' where id = ${conversation_id}`;
		await set('open');
		expect(await waiting()).toBeNull();
	});

	it('does not snooze by the way, nor gives a reason for opening', async () => {
		for (const args of [{ status: 'snoozed' }, { status: 'open', reason: 'spam' }] as const) {
			const { error } = await operator.client.rpc('set_conversation_status', {
				conversation_id,
				...args
			});
			expect(error?.message).toBe('invalid_input');
		}
	});
});

it('tells of every such change to whoever asks with an earlier cursor', async () => {
	const { data } = await operator.client.rpc('list_inbox', {}).throwOnError();
	const { cursor } = data as unknown as InboxPage;
	await operator.client
		.rpc('set_conversation_priority', { conversation_id, priority: 'urgent' })
		.throwOnError();
	const changes = await operator.client.rpc('inbox_changes_since', { cursor }).throwOnError();
	const { conversations, removed } = changes.data as unknown as InboxChanges;
	expect(conversations.find(({ id }) => id === conversation_id)?.priority).toBe('urgent');
	expect(removed).toEqual([]);
});

it('is refused to whoever does not answer on the site, as if there were no such conversation', async () => {
	for (const by of [unassigned, stranger]) {
		const answers = [
			await by.client.rpc('assign_conversation', { conversation_id }),
			await by.client.rpc('set_conversation_priority', { conversation_id, priority: 'low' }),
			await by.client.rpc('snooze_conversation', { conversation_id, until: inHours(1) }),
			await by.client.rpc('set_conversation_status', { conversation_id, status: 'closed' })
		];
		expect(answers.map(({ error }) => error?.message)).toEqual(
			answers.map(() => 'conversation_not_found')
		);
	}
});

describe('the list', () => {
	const list = async (filter: object): Promise<string[]> => {
		const { data } = await operator.client
			.rpc('list_inbox', { max_rows: 200, ...filter })
			.throwOnError();
		return (data as unknown as InboxPage).conversations.map(({ id }) => id);
	};
	const counts = async (): Promise<InboxCounts> => {
		const { data } = await operator.client
			.rpc('count_inbox', { site_id: tenant.site.id })
			.throwOnError();
		return data as unknown as InboxCounts;
	};

	it('is asked for by assignee, and for what is nobody’s', async () => {
		const before = await counts();
		expect(await list({ unassigned: true })).toContain(conversation_id);
		await operator.client
			.rpc('assign_conversation', { conversation_id, assignee_id: operator.id })
			.throwOnError();
		expect(await list({ unassigned: true })).not.toContain(conversation_id);
		expect(await list({ assignee_id: operator.id })).toEqual([conversation_id]);
		expect(await counts()).toEqual({
			...before,
			mine: before.mine + 1,
			unassigned: before.unassigned - 1
		});
	});

	it('is asked for by label', async () => {
		const label_id = uuidv7();
		await sql`insert into public.labels (id, organization_id, name)
			select ${label_id}, organization_id, ${label_id} from public.sites where id = ${tenant.site.id}`;
		expect(await list({ label_id })).toEqual([]);
		await operator.client.rpc('label_conversation', { conversation_id, label_id }).throwOnError();
		expect(await list({ label_id })).toEqual([conversation_id]);
		expect(await list({ label_id, status: 'closed' })).toEqual([]);
		const { data } = await operator.client.rpc('count_lists').throwOnError();
		const { sites, labels } = data as unknown as ListCounts;
		expect([sites[tenant.site.id], labels[label_id]]).toEqual([(await list({})).length, 1]);
	});

	it('puts first who waits longest, page by page, without those who have an answer', async () => {
		const all: string[] = [];
		let position = {};
		for (;;) {
			const { data } = await operator.client
				.rpc('list_inbox', { longest_waiting: true, max_rows: 1, ...position })
				.throwOnError();
			const { conversations, has_more } = data as unknown as InboxPage;
			const [row] = conversations;
			if (row) {
				all.push(row.id);
				position = { before: row.waiting_since, before_id: row.id };
			}
			if (!has_more) break;
		}
		const rows = await sql<{ id: string }[]>`
			select id from public.conversations
			where site_id = ${tenant.site.id} and status = 'open' and waiting_since is not null
			order by waiting_since, id`;
		expect(all).toEqual(rows.map(({ id }) => id));
		expect(all).toContain(conversation_id);
		await operator.client
			.rpc('send_operator_message', {
				...{ conversation_id, message_id: uuidv7(), body: 'Here', seen_seq: 1 }
			})
			.throwOnError();
		expect(await list({ longest_waiting: true })).not.toContain(conversation_id);
	});
});
