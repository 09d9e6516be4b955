import type { RoutingPreview } from '@chatiq/contracts/automation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let owner: Person;
let ann: Person;
let bob: Person;

beforeAll(() => {
	sql = connectSql(backend);
});
afterAll(() => sql.end());

/** Each test has a team of its own: the owner, who takes none, and two operators. */
beforeEach(async () => {
	tenant = await createTenant(backend, sql, 'Routing');
	[owner, ann, bob] = await Promise.all([
		tenant.addMember('owner'),
		tenant.addMember('operator'),
		tenant.addMember('operator')
	]);
	await room(owner, 0);
	await owner.client
		.from('sites')
		.update({ routing: 'round_robin' })
		.eq('id', tenant.site.id)
		.throwOnError();
});

const room = (person: Person, capacity: number | null) =>
	owner.client
		.rpc('set_member_capacity', {
			organization_id: tenant.organization,
			user_id: person.id,
			capacity: capacity as number
		})
		.throwOnError();
const present = (person: Person, chosen: 'online' | 'busy' | 'away' = 'online') =>
	person.client.rpc('report_presence', { chosen }).throwOnError();

interface Chat {
	id: string;
	visitor: Visitor;
}

async function start(): Promise<Chat> {
	const visitor = await tenant.addVisitor();
	const id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	return { id, visitor };
}

const say = ({ id, visitor }: Chat) =>
	visitor.client
		.rpc('send_visitor_message', { conversation_id: id, message_id: uuidv7(), body: 'And?' })
		.throwOnError();
const answer = (by: Person, { id }: Chat) =>
	by.client
		.rpc('send_operator_message', {
			...{ message_id: uuidv7(), conversation_id: id, body: 'Yes', seen_seq: 100 }
		})
		.throwOnError();
const close = (by: Person, { id }: Chat) =>
	by.client
		.rpc('set_conversation_status', { conversation_id: id, status: 'closed' })
		.throwOnError();
const assign = (by: Person, { id }: Chat, assignee_id?: string) =>
	by.client
		.rpc('assign_conversation', { conversation_id: id, ...(assignee_id && { assignee_id }) })
		.throwOnError();

/** Who has these conversations; `waits` when they are in the line. */
async function holders(...chats: Chat[]): Promise<(string | null)[]> {
	const rows = await sql<{ id: string; assignee_id: string | null; queued: boolean }[]>`
		select id, assignee_id, queued_at is not null as queued from public.conversations
		where id = any (${chats.map(({ id }) => id)})`;
	const names: Record<string, string> = { [ann.id]: 'ann', [bob.id]: 'bob', [owner.id]: 'owner' };
	return chats.map(({ id }) => {
		const row = rows.find((one) => one.id === id);
		if (row?.queued) return 'waits';
		return row?.assignee_id ? (names[row.assignee_id] ?? row.assignee_id) : null;
	});
}

const events = async ({ id }: Chat) =>
	(
		await owner.client
			.from('conversation_events')
			.select('kind, actor_id, subject_id')
			.eq('conversation_id', id)
			.order('id')
			.throwOnError()
	).data;

const told = async (person: Person, { id }: Chat) =>
	(
		await sql<{ kind: string }[]>`
			select kind from public.notifications where user_id = ${person.id} and conversation_id = ${id} order by kind`
	).map(({ kind }) => kind);

describe('who writes first', () => {
	it('is given to those who are online by turns, who alone hear of it', async () => {
		await Promise.all([present(ann), present(bob)]);
		const chats = [await start(), await start(), await start(), await start()];
		const [first, second] = await holders(...chats);
		expect([first, second].sort()).toEqual(['ann', 'bob']);
		expect(await holders(...chats)).toEqual([first, second, first, second]);
		const [chat] = chats as [Chat];
		const [has, other] = first === 'ann' ? [ann, bob] : [bob, ann];
		expect(await events(chat)).toEqual([
			{ kind: 'auto_assigned', actor_id: null, subject_id: has.id }
		]);
		expect(await told(has, chat)).toEqual(['new_message']);
		expect([await told(other, chat), await told(owner, chat)]).toEqual([[], []]);
	});

	it('waits when nobody is there or has time, and everybody hears of it', async () => {
		await present(ann, 'busy');
		await present(bob, 'away');
		const chat = await start();
		expect(await holders(chat)).toEqual(['waits']);
		expect(await told(bob, chat)).toEqual(['new_conversation']);
	});

	it('is given to those who are away too where the site says so, but not to the busy', async () => {
		await owner.client
			.from('sites')
			.update({ routing_online_only: false })
			.eq('id', tenant.site.id)
			.throwOnError();
		await present(ann, 'busy');
		const chats = [await start(), await start()];
		expect(await holders(...chats)).toEqual(['bob', 'bob']);
	});

	it('is left alone where the site does not do that', async () => {
		await present(ann);
		await owner.client
			.from('sites')
			.update({ routing: 'off' })
			.eq('id', tenant.site.id)
			.throwOnError();
		expect(await holders(await start())).toEqual([null]);
	});
});

it('leaves the choice to a rule of the site that names somebody', async () => {
	await present(ann);
	await owner.client
		.from('auto_reply_rules')
		.insert({
			...{ organization_id: tenant.organization, site_id: tenant.site.id, name: 'Bob is asked' },
			...{ id: uuidv7(), trigger: 'first_message', enabled: true, position: 1 },
			actions: { assign_id: bob.id }
		})
		.throwOnError();
	const [first, second] = [await start(), await start()];
	expect(await holders(first, second)).toEqual(['bob', 'bob']);
});

describe('the line', () => {
	it('moves when somebody comes, closes, gives away or gets more room, longest waiting first', async () => {
		await room(ann, 1);
		await room(bob, 0);
		const chats = [await start(), await start(), await start(), await start(), await start()];
		const [a, b, c, d] = chats as [Chat, Chat, Chat, Chat, Chat];
		await present(ann);
		expect(await holders(...chats)).toEqual(['ann', 'waits', 'waits', 'waits', 'waits']);
		expect(await told(ann, a)).toContain('assigned');
		await close(ann, a);
		expect(await holders(...chats)).toEqual(['ann', 'ann', 'waits', 'waits', 'waits']);
		await assign(ann, b, bob.id);
		expect(await holders(...chats)).toEqual(['ann', 'bob', 'ann', 'waits', 'waits']);
		await room(ann, 2);
		expect(await holders(c, d)).toEqual(['ann', 'ann']);
		await present(ann, 'busy');
		await close(ann, c);
		expect(await holders(...chats)).toEqual(['ann', 'bob', 'ann', 'ann', 'waits']);
	});

	it('leaves nobody behind: the schedule looks again at what was locked', async () => {
		const [a, b] = [await start(), await start()];
		await sql.begin(async (busy) => {
			await busy`select from public.conversations where id = ${a.id} for update`;
			await present(ann);
			expect(await holders(a, b)).toEqual(['waits', 'ann']);
		});
		await sql`select app.run_every_minute()`;
		expect(await holders(a, b)).toEqual(['ann', 'ann']);
	});

	it('begins with those who wait already when it is switched on, and ends when it is switched off', async () => {
		const site = (routing: 'off' | 'round_robin') =>
			owner.client.from('sites').update({ routing }).eq('id', tenant.site.id).throwOnError();
		await site('off');
		const [a, b] = [await start(), await start()];
		await site('round_robin');
		expect(await holders(a, b)).toEqual(['waits', 'waits']);
		await site('off');
		expect(await holders(a, b)).toEqual([null, null]);
		await present(ann);
		await site('round_robin');
		expect(await holders(a, b)).toEqual(['ann', 'ann']);
	});
});

describe('what a person decided', () => {
	it('stands: nothing is taken from whoever has it, and freed it stays free', async () => {
		await Promise.all([present(ann), present(bob)]);
		const chat = await start();
		await assign(owner, chat, owner.id);
		await say(chat);
		expect(await holders(chat)).toEqual(['owner']);
		await assign(owner, chat);
		await say(chat);
		await sql`select app.run_every_minute()`;
		expect(await holders(chat)).toEqual([null]);
		// Closed and written to again, it begins anew; whoever had it at the end keeps it.
		await close(owner, chat);
		await say(chat);
		const [has] = await holders(chat);
		expect(['ann', 'bob']).toContain(has);
		await close(owner, chat);
		await say(chat);
		expect(await holders(chat)).toEqual([has]);
	});
});

describe('whoever leaves', () => {
	it('leaves their conversations to the others, also those that are reopened later', async () => {
		await present(ann);
		const [open, closed] = [await start(), await start()];
		await close(ann, closed);
		await present(bob);
		await owner.client
			.rpc('set_member_active', {
				...{ organization_id: tenant.organization, user_id: ann.id, active: false }
			})
			.throwOnError();
		expect(await holders(open)).toEqual(['bob']);
		await say(closed);
		expect(await holders(closed)).toEqual(['bob']);
	});
});

describe('many at once', () => {
	it('give nobody more than their room, and each conversation to one', async () => {
		await Promise.all([room(ann, 2), room(bob, 3)]);
		await Promise.all([present(ann), present(bob)]);
		const visitors = await Promise.all(Array.from({ length: 8 }, () => tenant.addVisitor()));
		const chats = visitors.map((visitor) => ({ id: uuidv7(), visitor }));
		await Promise.all(
			chats.map(({ id, visitor }) =>
				visitor.client
					.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hi' })
					.throwOnError()
			)
		);
		const count = (who: string, all: (string | null)[]) => all.filter((one) => one === who).length;
		const before = await holders(...chats);
		expect(['ann', 'bob', 'waits'].map((who) => count(who, before))).toEqual([2, 3, 3]);
		// Closing, going on writing and coming back side by side: no deadlock, and the line moves.
		const mine = chats.filter((_, place) => before[place] === 'ann');
		await Promise.all([
			...mine.map((chat) => close(ann, chat)),
			...chats.filter((chat) => !mine.includes(chat)).map((chat) => say(chat)),
			present(bob),
			present(ann)
		]);
		await sql`select app.run_every_minute()`;
		const after = await holders(...chats.filter((chat) => !mine.includes(chat)));
		expect(['ann', 'bob', 'waits'].map((who) => count(who, after))).toEqual([2, 3, 1]);
		const [assigned] = await sql<{ most: number }[]>`
			select max(n)::integer as most from (
				select count(*) as n from public.conversation_events
				where conversation_id = any (${chats.map(({ id }) => id)}) and kind = 'auto_assigned' group by conversation_id
			) as counted`;
		expect(assigned?.most).toBe(1);
	});
});

it('shows who is next, as things are and as they would be', async () => {
	await present(ann);
	await room(bob, 0);
	await start();
	const preview = async (online_only?: boolean) =>
		(
			await owner.client
				.rpc('preview_routing', {
					site_id: tenant.site.id,
					...(online_only !== undefined && { online_only })
				})
				.throwOnError()
		).data as unknown as RoutingPreview;
	const able = ({ people }: RoutingPreview) =>
		people.filter((one) => one.able).map(({ user_id }) => user_id);
	expect(able(await preview())).toEqual([ann.id]);
	expect((await preview()).people.find(({ user_id }) => user_id === ann.id)).toMatchObject({
		...{ presence: 'online', open: 1, capacity: null }
	});
	await room(bob, null);
	expect(able(await preview())).toEqual([ann.id]);
	expect(able(await preview(false))).toEqual([bob.id, ann.id]);
	await present(ann, 'busy');
	await start();
	expect((await preview()).waiting).toBe(1);
});

it('tells each change of state between the messages', async () => {
	const chat = await start();
	await assign(owner, chat, ann.id);
	await answer(ann, chat);
	await close(ann, chat);
	await say(chat);
	await assign(owner, chat);
	const { data } = await bob.client
		.from('conversation_events')
		.select('kind, actor_id, subject_id, after_seq, detail')
		.eq('conversation_id', chat.id)
		.order('id')
		.throwOnError();
	expect(data).toEqual([
		{ kind: 'assigned', actor_id: owner.id, subject_id: ann.id, after_seq: 1, detail: null },
		{ kind: 'closed', actor_id: ann.id, subject_id: null, after_seq: 2, detail: null },
		{ kind: 'reopened', actor_id: null, subject_id: null, after_seq: 3, detail: 'visitor' },
		{ kind: 'unassigned', actor_id: owner.id, subject_id: ann.id, after_seq: 3, detail: null }
	]);
});
