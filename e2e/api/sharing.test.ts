import type {
	ConversationEvent,
	InboxConversation,
	InboxCounts,
	InboxPage,
	TransferTarget
} from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Tables } from '@chatiq/contracts/database';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let second: Tables<'sites'>;
let owner: Person;
/** On the first site only. */
let ann: Person;
/** On both. */
let bob: Person;
let visitor: Visitor;
let id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Sharing');
	second = await tenant.addSite('Outlet');
	[owner, ann, bob] = await Promise.all([
		tenant.addMember('owner'),
		tenant.addMember('operator'),
		tenant.addMember('operator')
	]);
	await owner.client
		.rpc('set_site_operators', { site_id: second.id, user_ids: [bob.id] })
		.throwOnError();
});
afterAll(() => sql.end());
beforeEach(async () => {
	[visitor, id] = [await tenant.addVisitor(), uuidv7()];
	await visitor.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});

const say = () =>
	visitor.client
		.rpc('send_visitor_message', { conversation_id: id, message_id: uuidv7(), body: 'And?' })
		.throwOnError();
const told = async (person: Person) =>
	(
		await sql<{ kind: string }[]>`
			select kind from public.notifications where user_id = ${person.id} and conversation_id = ${id} order by kind`
	).map(({ kind }) => kind);
const list = async (
	by: Person,
	args: { site_id?: string; followed?: boolean; unassigned?: boolean }
) => {
	const page = (await by.client.rpc('list_inbox', { ...args, max_rows: 200 }).throwOnError())
		.data as unknown as InboxPage;
	return page.conversations.some((row) => row.id === id);
};
const counts = async (by: Person, site_id?: string) =>
	(await by.client.rpc('count_inbox', { ...(site_id && { site_id }) }).throwOnError())
		.data as unknown as InboxCounts;

describe('a follower', () => {
	const follow = async (by: Person, following: boolean) =>
		(await by.client.rpc('follow_conversation', { conversation_id: id, following }).throwOnError())
			.data as unknown as InboxConversation;

	it('hears of what the visitor writes and finds it in a list of their own, until they stop', async () => {
		await owner.client
			.rpc('assign_conversation', { conversation_id: id, assignee_id: bob.id })
			.throwOnError();
		await sql`delete from public.notifications where conversation_id = ${id}`;
		expect((await follow(ann, true)).follower_ids).toEqual([ann.id]);
		expect((await follow(ann, true)).follower_ids).toEqual([ann.id]);
		await say();
		expect([await told(ann), await told(bob), await told(owner)]).toEqual([
			...[['new_message'], ['new_message'], []]
		]);
		expect([await list(ann, { followed: true }), await list(bob, { followed: true })]).toEqual([
			...[true, false]
		]);
		expect((await counts(ann)).followed).toBe(1);
		expect((await follow(ann, false)).follower_ids).toEqual([]);
		expect(await list(ann, { followed: true })).toBe(false);
	});

	it('is whoever a note names', async () => {
		await owner.client
			.rpc('send_operator_message', {
				...{ message_id: uuidv7(), conversation_id: id, body: 'See this', seen_seq: 1 },
				...{ visibility: 'team', mention_ids: [ann.id] }
			})
			.throwOnError();
		const { data } = await ann.client
			.rpc('get_inbox_conversation', { conversation_id: id })
			.throwOnError();
		expect(data).toMatchObject({ follower_ids: [ann.id] });
	});

	it('hears of every word, also while nobody has the conversation', async () => {
		await follow(ann, true);
		await say();
		const heard =
			await sql`select user_id = ${ann.id} as follows, payload -> 'event' as event, payload -> 'count' as count
			from public.notifications where conversation_id = ${id} and user_id in (${ann.id}, ${bob.id}) order by follows`;
		expect([...heard]).toEqual([
			{ follows: false, event: 'new_conversation', count: 1 },
			{ follows: true, event: 'my_message', count: 2 }
		]);
	});

	it('follows nothing on a site that they lost', async () => {
		await follow(ann, true);
		const of = (user_ids: string[]) =>
			owner.client.rpc('set_site_operators', { site_id: tenant.site.id, user_ids }).throwOnError();
		await of([bob.id]);
		await of([ann.id, bob.id]);
		expect(await list(ann, { followed: true })).toBe(false);
	});
});

describe('a transfer', () => {
	const transfer = (by: Person, site_id: string, assignee_id?: string) =>
		by.client.rpc('transfer_conversation', {
			...{ conversation_id: id, site_id },
			...(assignee_id && { assignee_id })
		});

	it('is offered to those who answer on both sites, with who could take it', async () => {
		const targets = async (by: Person) =>
			(await by.client.rpc('list_transfer_targets', { conversation_id: id }).throwOnError())
				.data as unknown as TransferTarget[];
		expect(await targets(bob)).toEqual([
			{ site_id: second.id, name: 'Outlet', user_ids: [owner.id, bob.id].sort() }
		]);
		expect(await targets(ann)).toEqual([]);
		expect((await transfer(ann, second.id)).error?.message).toBe('site_not_found');
		const elsewhere = await createTenant(backend, sql, 'Elsewhere');
		expect((await transfer(owner, elsewhere.site.id)).error?.message).toBe('site_not_found');
		expect(
			(await transfer(owner, second.id, (await elsewhere.addMember('owner')).id)).error?.message
		).toBe('assignee_not_on_site');
	});

	it('moves it from the lists of one site to those of the other, and back', async () => {
		await transfer(bob, second.id).throwOnError();
		const seen = async (by: Person) => [
			await list(by, {}),
			await list(by, { site_id: tenant.site.id }),
			await list(by, { site_id: second.id }),
			await list(by, { site_id: second.id, unassigned: true })
		];
		expect(await seen(bob)).toEqual([true, false, true, true]);
		// Nobody gains or loses a right: the first site's operator still sees it among all.
		expect(await seen(ann)).toEqual([true, false, false, false]);
		const before = await counts(bob, second.id);
		expect([before.open, before.unassigned, before.waiting]).toEqual([1, 1, 1]);
		const back = await transfer(bob, tenant.site.id, bob.id).throwOnError();
		expect(back.data).toMatchObject({ team_site_id: null, assignee_id: bob.id });
		expect(await seen(bob)).toEqual([true, true, false, false]);
		expect(await list(ann, { site_id: tenant.site.id })).toBe(true);
		const { data } = await bob.client
			.from('conversation_events')
			.select('kind, actor_id, subject_id')
			.eq('conversation_id', id)
			.order('id')
			.throwOnError();
		expect(data satisfies Partial<ConversationEvent>[]).toEqual([
			{ kind: 'transferred', actor_id: bob.id, subject_id: second.id },
			{ kind: 'transferred', actor_id: bob.id, subject_id: tenant.site.id },
			{ kind: 'assigned', actor_id: bob.id, subject_id: bob.id }
		]);
	});

	it('is nothing to the visitor, who goes on in the same session', async () => {
		const look = async () =>
			(await visitor.client.rpc('get_conversation', { conversation_id: id }).throwOnError()).data;
		const before = await look();
		await transfer(bob, second.id).throwOnError();
		expect(await look()).toEqual(before);
		await say();
		await bob.client
			.rpc('send_operator_message', {
				...{ message_id: uuidv7(), conversation_id: id, body: 'From the outlet', seen_seq: 2 }
			})
			.throwOnError();
		const { data } = await visitor.client
			.rpc('messages_after', { conversation_id: id, after_seq: 0 })
			.throwOnError();
		expect(data.map(({ body }) => body)).toEqual(['Hello', 'And?', 'From the outlet']);
	});

	it('gives it to somebody of that team where the site assigns by turns', async () => {
		const routing = (mode: 'off' | 'round_robin') =>
			owner.client.from('sites').update({ routing: mode }).eq('id', tenant.site.id).throwOnError();
		await routing('round_robin');
		for (const person of [ann, bob]) {
			await person.client.rpc('report_presence', { chosen: 'online' }).throwOnError();
		}
		const { data } = await transfer(owner, second.id).throwOnError();
		expect(data).toMatchObject({ assignee_id: bob.id, team_site_id: second.id });
		await routing('off');
	});

	it('ends when the other site is archived', async () => {
		const third = await tenant.addSite('Gone soon');
		await transfer(owner, third.id).throwOnError();
		await owner.client.rpc('archive_site', { site_id: third.id }).throwOnError();
		const { data } = await owner.client
			.rpc('get_inbox_conversation', { conversation_id: id })
			.throwOnError();
		expect(data).toMatchObject({ team_site_id: null });
	});
});
