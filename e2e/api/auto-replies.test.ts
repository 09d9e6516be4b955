import type { SimulatedEvent, SimulatedRule } from '@chatiq/contracts/automation';
import type { Tables, TablesInsert } from '@chatiq/contracts/database';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;
let site: Tables<'sites'>;
let visitor: Visitor;
let site_id: string;
let organization_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Kavka');
	organization_id = tenant.organization;
	[admin, operator] = await Promise.all([tenant.addMember('admin'), tenant.addMember('operator')]);
});
afterAll(() => sql.end());
/** Each test has a site of its own, with an operator and a visitor, and no rules. */
beforeEach(async () => {
	site = await tenant.addSite('Kavka');
	site_id = site.id;
	await sql`insert into public.site_operators (site_id, organization_id, user_id)
		values (${site_id}, ${organization_id}, ${operator.id})`;
	visitor = await newVisitor();
});

const newVisitor = (identity?: { sub: string; name: string }) =>
	tenant.addVisitor({ site, ...(identity && { identity }) });

type Rule = Omit<TablesInsert<'auto_reply_rules'>, 'organization_id' | 'site_id' | 'name'>;

let position = 0;

async function addRule(rule: Rule): Promise<string> {
	const id = uuidv7();
	position += 1;
	await admin.client
		.from('auto_reply_rules')
		.insert({
			id,
			organization_id,
			site_id,
			name: `Rule ${position}`,
			position,
			enabled: true,
			...rule
		})
		.throwOnError();
	return id;
}

async function start(
	body = 'Hello',
	{ by = visitor, details = {} }: { by?: Visitor; details?: Record<string, string> } = {}
): Promise<string> {
	const conversation_id = uuidv7();
	await by.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body, visitor: details })
		.throwOnError();
	return conversation_id;
}

const send = (conversation_id: string, body: string, message_id = uuidv7()) =>
	visitor.client.rpc('send_visitor_message', { conversation_id, message_id, body }).throwOnError();

const answer = (conversation_id: string) =>
	admin.client
		.rpc('send_operator_message', {
			message_id: uuidv7(),
			conversation_id,
			body: 'Here I am',
			seen_seq: 1000
		})
		.throwOnError();

/** What the product wrote, as the visitor reads it. */
async function replies(conversation_id: string, by = visitor): Promise<string[]> {
	const { data } = await by.client
		.rpc('messages_after', { conversation_id, after_seq: 0 })
		.throwOnError();
	return (data as { author_kind: string; body: string }[])
		.filter(({ author_kind }) => author_kind === 'bot')
		.map(({ body }) => body);
}

const says = (en: string) => ({ texts: { en } });

/** As if the visitor had waited this long; the jobs that are due then are done. */
async function wait(conversation_id: string, minutes: number): Promise<void> {
	const by = sql`make_interval(mins => ${minutes}::integer)`;
	await sql`update public.conversations set waiting_since = waiting_since - ${by} where id = ${conversation_id}`;
	await sql`
		update private.jobs set
			run_at = run_at - ${by},
			payload = payload || jsonb_build_object('waiting_since', (payload ->> 'waiting_since')::timestamptz - ${by})
		where kind = 'auto_reply' and payload ->> 'conversation_id' = ${conversation_id} and payload ? 'waiting_since'`;
	await workOff(conversation_id);
}

/** The worker does what is due. */
async function workOff(conversation_id: string): Promise<void> {
	await sql`select app.sweep_jobs()`;
	const due = () => sql`
		select from private.jobs
		where kind = 'auto_reply' and payload ->> 'conversation_id' = ${conversation_id}
			and (run_at <= now() or leased_until is not null) and finished_at is null`;
	await expect.poll(async () => (await due()).length, { timeout: 20_000 }).toBe(0);
}

const closedAlways = (at: string) => ({ site_id, hours: [], day: at });

async function closeNow(): Promise<void> {
	const days = [-1, 0, 1].map((offset) =>
		new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
	);
	for (const day of days)
		await admin.client.rpc('set_special_day', closedAlways(day)).throwOnError();
}

describe('a rule', () => {
	it('greets on the first message alone, and a repeated send changes nothing', async () => {
		await addRule({ trigger: 'first_message', ...says('Welcome') });
		const conversation = await start();
		const again = uuidv7();
		await send(conversation, 'More', again);
		await send(conversation, 'More', again);
		expect(await replies(conversation)).toEqual(['Welcome']);
	});

	it('speaks outside of the hours', async () => {
		await addRule({ trigger: 'outside_hours', ...says('We are asleep') });
		const awake = await start();
		expect(await replies(awake)).toEqual([]);
		await closeNow();
		const asleep = await start();
		expect(await replies(asleep)).toEqual(['We are asleep']);
	});

	it('speaks when nobody is online', async () => {
		await addRule({ trigger: 'nobody_online', ...says('Nobody here') });
		const alone = await start();
		expect(await replies(alone)).toEqual(['Nobody here']);
		await operator.client.rpc('report_presence', {}).throwOnError();
		expect(await replies(await start())).toEqual([]);
		await sql`delete from private.operator_presence where user_id = ${operator.id}`;
	});

	it('hears keywords as whole words, in any case and alphabet', async () => {
		await addRule({
			trigger: 'keyword',
			conditions: { keywords: ['ship', 'доставк*', 'c++ (2.0)'] },
			frequency: 'conversation',
			...says('About shipping')
		});
		const heard = async (body: string) => (await replies(await start(body))).length;
		expect(await heard('Do you SHIP?')).toBe(1);
		expect(await heard('А ДОСТАВКОЮ як?')).toBe(1);
		expect(await heard('I use C++ (2.0).')).toBe(1);
		expect(await heard('My relationships')).toBe(0);
		expect(await heard('c+++ 2x0')).toBe(0);
	});

	it('welcomes back who has been here before', async () => {
		await addRule({ trigger: 'returning_visitor', ...says('Welcome back') });
		expect(await replies(await start())).toEqual([]);
		expect(await replies(await start())).toEqual(['Welcome back']);
	});

	it('answers a rating', async () => {
		await addRule({
			trigger: 'rating_given',
			conditions: { score_at_most: 2 },
			...says('We are sorry')
		});
		const conversation = await start();
		const rate = (score: number) =>
			visitor.client
				.rpc('rate_conversation', { conversation_id: conversation, score })
				.throwOnError();
		await rate(4);
		expect(await replies(conversation)).toEqual([]);
		await rate(1);
		await rate(2);
		expect(await replies(conversation)).toEqual(['We are sorry']);
	});

	it('speaks when nobody has answered for a while, once', async () => {
		await addRule({
			trigger: 'no_reply',
			conditions: { after_minutes: 5 },
			...says('Still looking for somebody')
		});
		const conversation = await start();
		await send(conversation, 'Anybody?');
		await wait(conversation, 4);
		expect(await replies(conversation)).toEqual([]);
		await wait(conversation, 2);
		await wait(conversation, 60);
		expect(await replies(conversation)).toEqual(['Still looking for somebody']);
	});

	it('stays silent when a person has answered meanwhile, or closed the conversation', async () => {
		await addRule({ trigger: 'no_reply', conditions: { after_minutes: 5 }, ...says('Sorry') });
		const [answered, closed] = [await start(), await start()];
		await answer(answered);
		await admin.client
			.rpc('set_conversation_status', { conversation_id: closed, status: 'closed' })
			.throwOnError();
		await Promise.all([wait(answered, 10), wait(closed, 10)]);
		expect([await replies(answered), await replies(closed)]).toEqual([[], []]);
		// Another wait begins with the next question.
		await send(answered, 'One more thing');
		await wait(answered, 10);
		expect(await replies(answered)).toEqual(['Sorry']);
	});
});

describe('several rules', () => {
	it('are tried in their order until one stops', async () => {
		const last = await addRule({ trigger: 'first_message', ...says('Third'), position: 1003 });
		await addRule({ trigger: 'first_message', ...says('First'), position: 1001, stops: false });
		await addRule({ trigger: 'first_message', ...says('Second'), position: 1002 });
		expect(await replies(await start())).toEqual(['First', 'Second']);
		await admin.client
			.from('auto_reply_rules')
			.update({ position: 1 })
			.eq('id', last)
			.throwOnError();
		expect(await replies(await start())).toEqual(['Third']);
	});

	it('answer no bot: nothing goes in circles', async () => {
		await addRule({
			trigger: 'keyword',
			conditions: { keywords: ['ping'] },
			...says('ping pong ping')
		});
		await addRule({ trigger: 'keyword', conditions: { keywords: ['pong'] }, ...says('ping') });
		expect(await replies(await start('ping'))).toEqual(['ping pong ping']);
	});

	it.each([
		['conversation', ['Hi'], ['Hi']],
		['visitor', ['Hi'], []],
		['day', ['Hi'], []]
	] as const)('fire once per %s', async (frequency, first, second) => {
		await addRule({ trigger: 'first_message', frequency, ...says('Hi') });
		const conversations = [await start(), await start()];
		expect(await Promise.all(conversations.map((id) => replies(id)))).toEqual([first, second]);
		const other = await newVisitor();
		expect(await replies(await start('Hello', { by: other }), other)).toEqual(['Hi']);
		// Yesterday's does not count.
		await sql`update public.auto_reply_runs set key = key || 'x' where site_id = ${site_id} and key ~ ':\\d{4}-'`;
		const later = await start();
		expect(await replies(later)).toEqual(frequency === 'visitor' ? [] : ['Hi']);
	});
});

describe('conditions', () => {
	it('must all hold', async () => {
		await addRule({
			trigger: 'first_message',
			conditions: {
				languages: ['uk'],
				page_contains: ['/delivery'],
				referrer_contains: ['google'],
				verified: true,
				schedule: 'open',
				channels: ['widget']
			},
			texts: { en: 'en', uk: 'uk' }
		});
		const known = await newVisitor({ sub: 'u-1', name: 'Ann' });
		const details = {
			language: 'uk-UA',
			page_url: 'https://shop.test/Delivery',
			referrer: 'https://www.google.com/'
		};
		expect(await replies(await start('Hello', { details }))).toEqual([]);
		expect(await replies(await start('Hello', { by: known, details }), known)).toEqual(['uk']);
		const elsewhere = { ...details, page_url: 'https://shop.test/' };
		const moved = await start('Hello', { by: known, details: elsewhere });
		expect(await replies(moved, known)).toEqual([]);
	});
});

describe('texts', () => {
	it('are in the language of the visitor, with what is known filled in', async () => {
		await addRule({
			trigger: 'first_message',
			texts: {
				en: 'Hello, {{visitor_name}}! {{ site_name }} of {{organization_name}}.',
				uk: 'Вітаю, {{visitor_name}}!'
			}
		});
		expect(await replies(await start())).toEqual(['Hello! Kavka of Kavka.']);
		const named = { name: 'A\\1 {{visitor_email}}', email: 'a@shop.test' };
		const conversation = await start('Hello', { details: named });
		expect(await replies(conversation)).toEqual([
			'Hello, A\\1 { {visitor_email}}! Kavka of Kavka.'
		]);
		const uk = { name: 'Ірина', language: 'uk' };
		expect(await replies(await start('Hello', { details: uk }))).toEqual(['Вітаю, Ірина!']);
	});
});

describe('actions', () => {
	it('label, assign, notify, offer replies and close', async () => {
		const label = uuidv7();
		await admin.client
			.from('labels')
			.insert({ id: label, organization_id, name: `Refund ${label}` })
			.throwOnError();
		await addRule({
			trigger: 'first_message',
			actions: {
				label_ids: [label],
				assign_id: operator.id,
				notify_ids: [operator.id, admin.id],
				quick_replies: ['Yes', ' No ', 'Yes'],
				close: true
			},
			...says('Refund?')
		});
		const conversation = await start('I want a refund');
		const { data: entry } = await operator.client
			.rpc('get_inbox_conversation', { conversation_id: conversation })
			.throwOnError();
		expect(entry).toMatchObject({
			label_ids: [label],
			assignee_id: operator.id,
			status: 'closed'
		});
		const { data: told } = await operator.client
			.from('notifications')
			.select('kind')
			.eq('conversation_id', conversation)
			.order('kind')
			.throwOnError();
		// That a visitor waits is told with the message, before a rule has answered it.
		expect(told.map(({ kind }) => kind)).toEqual(['new_conversation', 'assigned', 'rule']);
		const { data: messages } = await visitor.client
			.rpc('messages_after', { conversation_id: conversation, after_seq: 1 })
			.throwOnError();
		expect(messages).toMatchObject([{ quick_replies: [{ text: 'Yes' }, { text: 'No' }] }]);
	});

	it('do not name what belongs to others', async () => {
		const other = await createTenant(backend, sql, 'Other');
		const [stranger, elsewhere] = await Promise.all([
			other.addMember('owner'),
			tenant.addMember('operator', false)
		]);
		const label = uuidv7();
		await stranger.client
			.from('labels')
			.insert({ id: label, organization_id: other.organization, name: 'Theirs' })
			.throwOnError();
		const insert = (rule: Partial<Rule>) =>
			admin.client.from('auto_reply_rules').insert({
				organization_id,
				site_id,
				name: 'x',
				trigger: 'first_message',
				...says('x'),
				...rule
			});
		const refused = await Promise.all([
			insert({ actions: { label_ids: [label] } }),
			insert({ conditions: { label_ids: [label] } }),
			insert({ actions: { assign_id: stranger.id } }),
			insert({ actions: { notify_ids: [elsewhere.id] } })
		]);
		expect(refused.map(({ error }) => error?.code)).toEqual(Array(4).fill('23503'));
	});

	it('leave out who has lost the site since', async () => {
		await addRule({ trigger: 'first_message', actions: { assign_id: operator.id } });
		await admin.client.rpc('set_site_operators', { site_id, user_ids: [] }).throwOnError();
		const { data } = await admin.client
			.rpc('get_inbox_conversation', { conversation_id: await start() })
			.throwOnError();
		expect(data).toMatchObject({ assignee_id: null });
	});
});

it('a rule that fails does not cost the visitor the message; it is tried again', async () => {
	await addRule({ trigger: 'first_message', ...says('Hi') });
	await sql`alter table public.auto_reply_runs add constraint fails check (site_id <> ${sql.unsafe(`'${site_id}'`)})`;
	let conversation: string;
	try {
		conversation = await start();
		expect(await replies(conversation)).toEqual([]);
	} finally {
		await sql`alter table public.auto_reply_runs drop constraint fails`;
	}
	await sql`
		update private.jobs set run_at = now()
		where kind = 'auto_reply' and payload ->> 'conversation_id' = ${conversation}`;
	await sql`select app.sweep_jobs()`;
	await expect.poll(() => replies(conversation), { timeout: 20_000 }).toEqual(['Hi']);
});

it('many jobs and workers at once fire a rule once', async () => {
	const rule_id = await addRule({
		trigger: 'no_reply',
		conditions: { after_minutes: 1 },
		...says('Sorry')
	});
	const conversation_id = await start();
	const [row] = await sql<{ waiting_since: string }[]>`
		update public.conversations set waiting_since = now() - interval '2 minutes' where id = ${conversation_id}
		returning waiting_since::text`;
	const payload = { conversation_id, rule_id, waiting_since: row?.waiting_since ?? '' };
	const service = connectService(backend);
	await Promise.all(
		Array.from({ length: 8 }, () => service.rpc('run_auto_reply', { payload }).throwOnError())
	);
	expect(await replies(conversation_id)).toEqual(['Sorry']);
});

describe('a teaser', () => {
	const addTeaser = () =>
		addRule({
			trigger: 'proactive',
			conditions: { seconds_on_page: 10 },
			texts: { en: 'Questions about {{site_name}}?' }
		});
	it('that was answered is the first message of the conversation, once', async () => {
		const rule = await addTeaser();
		const conversation_id = uuidv7();
		const message_id = uuidv7();
		const args = { conversation_id, message_id, body: 'Yes', rule_id: rule };
		const call = () => visitor.client.rpc('start_conversation_from_teaser', args).throwOnError();
		await Promise.all([call(), call()]);
		const { data } = await visitor.client
			.rpc('messages_after', { conversation_id, after_seq: 0 })
			.throwOnError();
		expect((data as { body: string }[]).map(({ body }) => body)).toEqual([
			'Questions about Kavka?',
			'Yes'
		]);
	});

	it('that is gone or foreign costs nobody the message', async () => {
		const other = await createTenant(backend, sql, 'Other');
		const rule = await addTeaser();
		const theirs = await other.addVisitor();
		const conversation = uuidv7();
		const args = {
			conversation_id: conversation,
			message_id: uuidv7(),
			body: 'Yes',
			rule_id: rule
		};
		await theirs.client.rpc('start_conversation_from_teaser', args).throwOnError();
		expect(await replies(conversation, theirs)).toEqual([]);
	});

	it('is published without what only the team may know', async () => {
		const label = uuidv7();
		await admin.client
			.from('labels')
			.insert({ id: label, organization_id, name: `Secret ${label}` })
			.throwOnError();
		await addRule({
			trigger: 'proactive',
			conditions: { min_visits: 2, label_ids: [label] },
			actions: { assign_id: admin.id },
			texts: { en: 'Hi {{visitor_name}}' }
		});
		const [published] = await sql<{ teasers: unknown[] }[]>`
			select app.public_site(${site_id}) -> 'teasers' as teasers`;
		expect(published?.teasers).toMatchObject([{ when: { min_visits: 2 }, texts: { en: 'Hi' } }]);
		expect(JSON.stringify(published?.teasers)).not.toContain(label);
		expect(JSON.stringify(published?.teasers)).not.toContain(admin.id);
	});
});

describe('the simulator', () => {
	const simulate = async (event: SimulatedEvent) =>
		(
			(await admin.client
				.rpc('simulate_auto_replies', { site_id, event: { ...event } })
				.throwOnError()) as { data: SimulatedRule[] }
		).data;

	it('shows which rules would fire, what they would say, and why the others would not', async () => {
		await addRule({
			trigger: 'keyword',
			conditions: { keywords: ['refund'], languages: ['uk'] },
			...says('Refund')
		});
		await addRule({ trigger: 'first_message', ...says('Hello, {{visitor_name}}') });
		await addRule({ trigger: 'nobody_online', ...says('Alone') });
		await addRule({ trigger: 'first_message', enabled: false, ...says('Off') });
		await addRule({ trigger: 'outside_hours', ...says('Closed') });
		const shown = await simulate({
			event: 'message',
			body: 'A refund please',
			visitor_name: 'Ann'
		});
		expect(shown.map(({ fires, obstacle, text }) => [fires, obstacle, text])).toEqual([
			[false, 'languages', null],
			[true, null, 'Hello, Ann'],
			[false, 'stopped', null],
			[false, 'disabled', null],
			[false, 'trigger', null]
		]);
		const closed = await simulate({ event: 'message', first: false, online: true, open: false });
		expect(closed.filter(({ fires }) => fires).map(({ text }) => text)).toEqual(['Closed']);
	});

	it('writes nothing, and is for admins and known facts', async () => {
		await addRule({ trigger: 'first_message', ...says('Hi') });
		await simulate({ event: 'message' });
		expect(await sql`select from public.auto_reply_runs where site_id = ${site_id}`).toHaveLength(
			0
		);
		const refused = await Promise.all([
			admin.client.rpc('simulate_auto_replies', { site_id, event: { event: 'message', x: 1 } }),
			admin.client.rpc('simulate_auto_replies', { site_id, event: { event: 'other' } }),
			admin.client.rpc('simulate_auto_replies', {
				site_id,
				event: { event: 'message', at: 'soon' }
			})
		]);
		expect(refused.map(({ error }) => error?.message)).toEqual(Array(3).fill('invalid_input'));
	});
});

it('is quick: the answer is there with the message', async () => {
	await addRule({ trigger: 'first_message', ...says('Hi'), stops: false });
	await addRule({ trigger: 'nobody_online', ...says('Alone') });
	const took: number[] = [];
	for (let round = 0; round < 20; round++) {
		const began = performance.now();
		const conversation = await start();
		expect(await replies(conversation)).toEqual(['Hi', 'Alone']);
		took.push(performance.now() - began);
	}
	expect(took.sort((a, b) => a - b)[18]).toBeLessThan(500);
});
