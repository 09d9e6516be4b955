import type { ListedConversation, MyInboxConversation } from '@chatiq/contracts/conversation';
import type { VisitorExport } from '@chatiq/contracts/privacy';
import type { MergedVisitors, SameVisitor, VisitorChanges } from '@chatiq/contracts/visitor';
import { uuidv7 } from '@chatiq/contracts/ids';
import { topics } from '@chatiq/contracts/topics';
import { randomInt, randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';
import { Socket } from './isolation/socket.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Card');
	[admin, operator] = [await tenant.addMember('admin'), await tenant.addMember('operator')];
});
afterAll(() => sql.end());

/** Listens to a topic as the operator; `count` tells how often it has heard an event. */
async function listen(
	topic: string
): Promise<{ count: (event: string) => number; end: () => void }> {
	const socket = await Socket.open(backend);
	const heard: string[] = [];
	socket.onBroadcast((broadcast) => heard.push(broadcast.event));
	expect(await socket.join(topic, operator.token)).toBe('ok');
	return {
		count: (event) => heard.filter((one) => one === event).length,
		end: () => socket.close()
	};
}

interface Talk {
	visitor: Visitor;
	id: string;
	conversation_id: string;
}

/** A visitor who has begun to talk. */
async function talk(
	details: Record<string, string> = {},
	identity?: { sub: string; name?: string; email?: string }
): Promise<Talk> {
	const visitor = await tenant.addVisitor(identity && { identity });
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id,
			message_id: uuidv7(),
			body: 'Hello',
			visitor: details
		})
		.throwOnError();
	return { visitor, conversation_id, id: visitor.session.visitor_id };
}

const change = (id: string, changes: VisitorChanges, over_signed = false, by = operator) =>
	by.client.rpc('change_visitor', { visitor_id: id, changes: { ...changes }, over_signed });
const rowOf = async (conversation_id: string) =>
	(await operator.client.rpc('get_inbox_conversation', { conversation_id }).throwOnError())
		.data as unknown as MyInboxConversation;
const merge = async (visitor_id: string, other_id: string, by = operator) =>
	(await by.client.rpc('merge_visitors', { visitor_id, other_id }).throwOnError())
		.data as unknown as MergedVisitors;
const separate = async (visitor_id: string) =>
	(await operator.client.rpc('separate_visitor', { visitor_id }).throwOnError()).data;
const alike = async (visitor_id: string, contact?: string) =>
	(
		await operator.client
			.rpc('find_same_visitors', { visitor_id, ...(contact === undefined ? {} : { contact }) })
			.throwOnError()
	).data as unknown as SameVisitor[];
const ownList = async ({ client }: Visitor) =>
	(
		(await client.rpc('list_visitor_conversations', {}).throwOnError()).data as unknown as {
			conversations: ListedConversation[];
		}
	).conversations.map(({ id }) => id);
const audited = (entity_id: string) =>
	sql<{ actor_id: string; before: object; after: object }[]>`
		select actor_id, before, after from public.audit_log
		where entity = 'visitors' and entity_id = ${entity_id} order by id`;

describe('a visitor changed by hand', () => {
	it('is another in the list, is written down, and the open card hears of it', async () => {
		const { id, conversation_id } = await talk({ name: 'An' });
		const heard = await listen(topics.team(conversation_id));
		const { data } = await change(id, { name: ' Ann ', note: 'Prefers mail' }).throwOnError();
		expect(data).toMatchObject({ id, name: 'Ann', note: 'Prefers mail' });
		expect((await rowOf(conversation_id)).visitor_name).toBe('Ann');
		await expect.poll(() => heard.count('visitor_changed')).toBe(1);
		// The same again is no change.
		await change(id, { name: 'Ann' }).throwOnError();
		expect(await audited(id)).toEqual([
			{
				actor_id: operator.id,
				before: { name: 'An', note: null },
				after: { name: 'Ann', note: 'Prefers mail' }
			}
		]);
		heard.end();
	});

	it.each([
		[{ email: 'nowhere' }, 'email'],
		[{ phone: 'by the river' }, 'phone'],
		[{ name: 'n'.repeat(121) }, 'name'],
		[{ note: 'n'.repeat(2001) }, 'note'],
		[{ email: ['a@b.test'] }, 'email'],
		[{ verified: true }, 'changes']
	])('%o is refused by the name of the field', async (changes, argument) => {
		const { id } = await talk();
		const { status, error } = await change(id, changes as VisitorChanges);
		expect([status, error?.message, JSON.parse(error?.details ?? '')]).toEqual([
			422,
			'invalid_input',
			{ argument }
		]);
	});

	it('asks before it replaces what the customer’s server has signed', async () => {
		const signed = { sub: randomUUID(), name: 'Signed', email: 'signed@kavka.test' };
		const { id } = await talk({}, signed);
		const { status, error } = await change(id, { name: 'Other', note: 'x', phone: '12345' });
		expect([status, error?.message, error?.details]).toEqual([
			409,
			'signed_value',
			'{"fields": ["name"]}'
		]);
		// What nobody has signed is the team's to say.
		await change(id, { phone: '+380 44 123', name: 'Signed' }).throwOnError();
		const { data } = await change(id, { name: 'Other' }, true).throwOnError();
		expect(data).toMatchObject({ name: 'Other', email: 'signed@kavka.test', verified: true });
	});

	it('keeps no word of what stood there', async () => {
		const { id } = await talk({ name: 'Zyxomir Quondam' });
		await change(id, { name: 'Someone' }).throwOnError();
		const words = await sql`select from private.search_words where word = 'zyxomir'`;
		expect(words.length).toBe(0);
	});

	it('never shows the note to the visitor', async () => {
		const { id, visitor } = await talk();
		await change(id, { note: 'Secret thought' }).throwOnError();
		const contact = await visitor.client.rpc('get_contact').throwOnError();
		expect(JSON.stringify(contact.data)).not.toContain('Secret');
	});
});

describe('visitors that are one person', () => {
	it('are found by address and by number, with and without the country', async () => {
		const number = `67 ${String(randomInt(1_000_000, 9_999_999))}`;
		const email = `${randomUUID()}@kavka.test`;
		const [one, same, called] = [await talk({ email }), await talk({ email }), await talk()];
		await change(one.id, { phone: `+380 ${number}` }).throwOnError();
		await change(called.id, { phone: `0${number}` }).throwOnError();
		await sql`update public.visitors set email = upper(email) where id = ${same.id}`;
		const found = await alike(one.id);
		expect(found.map(({ id, by }) => [id, by])).toEqual(
			expect.arrayContaining([
				[same.id, ['email']],
				[called.id, ['phone']]
			])
		);
		expect(found.length).toBe(2);
		expect((await alike(same.id, `0${number}`)).map(({ id }) => id).sort()).toEqual(
			[one.id, called.id].sort()
		);
		await merge(one.id, same.id);
		expect((await alike(one.id)).map(({ id }) => id)).toEqual([called.id]);
	});

	it('are one to the team and remain two to their browsers', async () => {
		const [kept, other] = [await talk({ name: 'Ann' }), await talk({ name: 'A.' })];
		expect(await merge(kept.id, other.id)).toEqual({ person_id: kept.id, merged_id: other.id });
		await merge(kept.id, other.id);
		expect(await rowOf(other.conversation_id)).toMatchObject({
			...{ person_id: kept.id, visitor_id: other.id, visitor_name: 'Ann' },
			visitor_verified: false
		});
		expect(await ownList(kept.visitor)).toEqual([kept.conversation_id]);
		expect(await ownList(other.visitor)).toEqual([other.conversation_id]);
		expect((await other.visitor.client.rpc('get_contact').throwOnError()).data).toMatchObject({
			visitor_id: other.id,
			name: 'A.'
		});
		// The merged one's open widget goes on.
		const { data } = await other.visitor.client
			.rpc('send_visitor_message', {
				conversation_id: other.conversation_id,
				message_id: uuidv7(),
				body: 'Still here'
			})
			.throwOnError();
		expect(data.seq).toBe(2);
		expect((await audited(other.id)).map(({ after }) => after)).toEqual([{ merged_into: kept.id }]);
	});

	it('no sign-in opens the history of another account, merged or not', async () => {
		const [kept, other] = [
			await talk({}, { sub: randomUUID() }),
			await talk({}, { sub: randomUUID() })
		];
		await merge(kept.id, other.id);
		const foreign = await kept.visitor.client.rpc('messages_after', {
			conversation_id: other.conversation_id,
			after_seq: 0
		});
		expect(foreign.data).toEqual([]);
	});

	it('come apart as they were, with those they had brought', async () => {
		const [a, b, c] = [await talk(), await talk(), await talk()];
		await merge(b.id, a.id);
		await merge(c.id, b.id);
		expect((await rowOf(a.conversation_id)).person_id).toBe(c.id);
		// Whoever is named, the person is meant; two ends of one are not merged again.
		expect(await merge(a.id, c.id)).toEqual({ person_id: c.id, merged_id: c.id });
		expect(await separate(b.id)).toBe(true);
		expect(await separate(b.id)).toBe(false);
		expect((await rowOf(a.conversation_id)).person_id).toBe(b.id);
		expect((await rowOf(b.conversation_id)).person_id).toBe(b.id);
		expect(await separate(a.id)).toBe(true);
		expect((await rowOf(a.conversation_id)).person_id).toBe(a.id);
	});

	it('make no circle when two operators merge them both ways at once', async () => {
		for (let round = 0; round < 5; round++) {
			const [a, b] = [await talk(), await talk()];
			await Promise.all([merge(a.id, b.id), merge(b.id, a.id, admin)]);
			const rows = await sql<{ id: string; merged_into: string | null }[]>`
				select id, merged_into from public.visitors where id in (${a.id}, ${b.id})`;
			expect(rows.filter(({ merged_into }) => merged_into === null).length).toBe(1);
		}
	});

	it('are blocked together', async () => {
		const [kept, other] = [await talk(), await talk()];
		await merge(kept.id, other.id);
		const id = uuidv7();
		await operator.client.rpc('block_visitor', { id, visitor_id: kept.id }).throwOnError();
		const send = () =>
			other.visitor.client.rpc('send_visitor_message', {
				conversation_id: other.conversation_id,
				message_id: uuidv7(),
				body: 'x'
			});
		expect((await send()).error?.message).toBe('visitor_blocked');
		await operator.client.rpc('unblock', { id }).throwOnError();
		expect((await send()).error).toBeNull();
	});

	it('are exported and erased together', async () => {
		const [kept, other, bystander] = [await talk(), await talk({ name: 'Xerxes' }), await talk()];
		await merge(kept.id, other.id);
		await other.visitor.client
			.rpc('note_page', { page_id: randomUUID(), url: 'https://shop.test/xerxes' })
			.throwOnError();
		// Asked for either, it is the whole person.
		const { data } = await admin.client
			.rpc('export_visitor', { visitor_id: other.id })
			.throwOnError();
		const exported = data as unknown as VisitorExport;
		expect([exported.visitor.id, exported.merged.map(({ visitor }) => visitor.id)]).toEqual([
			kept.id,
			[other.id]
		]);
		expect(exported.merged[0]?.pages.map(({ url }) => url)).toEqual(['https://shop.test/xerxes']);
		expect((await operator.client.rpc('erase_visitor', { visitor_id: kept.id })).data).toBe(false);
		expect((await admin.client.rpc('erase_visitor', { visitor_id: kept.id })).data).toBe(true);
		const left = await sql<{ id: string }[]>`
			select id from public.visitors where id in (${kept.id}, ${other.id}, ${bystander.id})`;
		expect(left).toEqual([{ id: bystander.id }]);
		expect(await audited(other.id)).toEqual([]);
		const big = await talk();
		const many = await sql<{ id: string }[]>`
			insert into public.visitors (id, organization_id, site_id, merged_into, person_id)
			select gen_random_uuid(), ${tenant.organization}, ${tenant.site.id}, ${big.id}, ${big.id}
			from generate_series(1, 40) returning id`;
		await admin.client.rpc('erase_visitor', { visitor_id: big.id }).throwOnError();
		const still =
			await sql`select from public.visitors where id in ${sql(many.map(({ id }) => id))}`;
		expect(still.length).toBe(0);
		const pages = await sql`select from public.visitor_pages where visitor_id = ${other.id}`;
		expect(pages.length).toBe(0);
	});
});

describe('the pages of a visit', () => {
	const note = ({ visitor }: Talk, url: string, more: object = {}) =>
		visitor.client.rpc('note_page', { page_id: randomUUID(), url, ...more });
	const pagesOf = async ({ id }: Talk, by = operator) =>
		(
			await by.client
				.from('visitor_pages')
				.select('url, title, left_at')
				.eq('visitor_id', id)
				.order('opened_at')
				.throwOnError()
		).data;

	it('are told without what an address may carry, and the team hears of it', async () => {
		const someone = await talk();
		const heard = await listen(topics.team(someone.conversation_id));
		const page_id = randomUUID();
		const url = 'https://ann:pw@shop.test/cart?token=s3cret&utm_source=news&email=a%40b.test#t=1';
		expect((await note(someone, url, { page_id, title: ' Cart ' }).throwOnError()).data).toBe(true);
		const kept = 'https://shop.test/cart?utm_source=news';
		expect(await pagesOf(someone)).toEqual([{ url: kept, title: 'Cart', left_at: null }]);
		await expect.poll(() => heard.count('pages_changed')).toBe(1);
		await note(someone, url, { page_id, gone: true }).throwOnError();
		expect((await pagesOf(someone))[0]?.left_at).not.toBeNull();
		const [visitor] = await sql<{ campaign_url: string }[]>`
			select campaign_url from public.visitors where id = ${someone.id}`;
		expect(visitor?.campaign_url).toBe(kept);
		heard.end();
	});

	it('are kept neither before the first message nor after the last', async () => {
		const passer = await tenant.addVisitor();
		const silent = { visitor: passer, id: passer.session.visitor_id, conversation_id: '' };
		expect((await note(silent, 'https://shop.test/').throwOnError()).data).toBe(false);
		const done = await talk();
		await operator.client
			.rpc('set_conversation_status', {
				conversation_id: done.conversation_id,
				status: 'closed'
			})
			.throwOnError();
		expect((await note(done, 'https://shop.test/').throwOnError()).data).toBe(false);
		expect([await pagesOf(silent), await pagesOf(done)]).toEqual([[], []]);
	});

	it('are not kept where the site does not want them', async () => {
		const someone = await talk();
		const follow = (follow_pages: boolean) =>
			admin.client.from('sites').update({ follow_pages }).eq('id', tenant.site.id).throwOnError();
		await follow(false);
		expect((await note(someone, 'https://shop.test/').throwOnError()).data).toBe(false);
		await follow(true);
		expect((await note(someone, 'https://shop.test/').throwOnError()).data).toBe(true);
	});

	it.each(['javascript:alert(1)', 'nowhere', ''])('%j is no page', async (url) => {
		expect((await note(await talk(), url)).error?.message).toBe('invalid_input');
	});

	it('cannot be told in somebody else’s name', async () => {
		const [someone, other] = [await talk(), await talk()];
		const page_id = randomUUID();
		await note(someone, 'https://shop.test/a', { page_id }).throwOnError();
		const { error } = await note(other, 'https://shop.test/b', { page_id });
		expect(error?.message).toBe('id_conflict');
		expect(
			(await connect(backend).rpc('note_page', { page_id, url: 'https://x.test/' })).error
		).toMatchObject({ message: 'session_required' });
	});

	it('are a hundred at most, for thirty days', async () => {
		const someone = await talk();
		await sql`
			insert into public.visitor_pages (id, organization_id, site_id, visitor_id, url, opened_at)
			select gen_random_uuid(), ${tenant.organization}, ${tenant.site.id}, ${someone.id}, 'https://shop.test/' || n,
				now() - n * interval '10 hours'
			from generate_series(1, 100) as n`;
		await note(someone, 'https://shop.test/new').throwOnError();
		expect((await pagesOf(someone)).length).toBe(100);
		await sql`select app.run_every_hour()`;
		const [left] = await sql<{ count: number }[]>`
			select count(*)::integer as count from public.visitor_pages where visitor_id = ${someone.id}`;
		expect(left?.count).toBe(72);
	});

	it('tell the browser, and no more of it than a name', async () => {
		const agent =
			'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36';
		const { session } = await tenant.addVisitor();
		const answer = await fetch(`${backend.url}/rest/v1/rpc/start_conversation`, {
			method: 'POST',
			headers: {
				...{ 'content-type': 'application/json', 'user-agent': agent },
				...{ apikey: session.publishable_key, authorization: `Bearer ${session.token}` }
			},
			body: JSON.stringify({
				...{ conversation_id: uuidv7(), message_id: uuidv7(), body: 'Hello' },
				visitor: { page_url: 'https://shop.test/a?key=1#x', referrer: 'https://find.test/?q=me' }
			})
		});
		expect(answer.status).toBe(200);
		const { data } = await operator.client
			.from('visitors')
			.select('device, page_url, referrer')
			.eq('id', session.visitor_id)
			.single()
			.throwOnError();
		expect(data).toEqual({
			device: { browser: 'Chrome', system: 'Android', kind: 'phone' },
			page_url: 'https://shop.test/a',
			referrer: 'https://find.test/'
		});
	});
});

it('tells the consoles of a team that its labels, sites and people are others now', async () => {
	const heard = await listen(topics.user(operator.id));
	const news = () => heard.count('membership_changed');
	const [label] = await sql<{ id: string }[]>`
		insert into public.labels (organization_id, name) values (${tenant.organization}, 'New') returning id`;
	await expect.poll(news).toBe(1);
	await sql`update public.labels set name = 'Newer' where id = ${label?.id ?? ''}`;
	await expect.poll(news).toBe(2);
	const site = await tenant.addSite('Second');
	await expect.poll(news).toBe(3);
	await sql`insert into public.site_operators (site_id, organization_id, user_id)
		values (${site.id}, ${tenant.organization}, ${operator.id})`;
	await expect.poll(news).toBe(4);
	await sql`update public.profiles set display_name = 'Renamed' where id = ${admin.id}`;
	await expect.poll(news).toBe(5);
	// Whoever is shut out hears of it too, or an open page would go on showing the team's conversations.
	await sql`update public.organizations set requires_second_factor = true where id = ${tenant.organization}`;
	await expect.poll(news).toBe(6);
	await sql`update public.organizations set requires_second_factor = false where id = ${tenant.organization}`;
	await expect.poll(news).toBe(7);
	const access = (at: Date | null) => sql`
		update public.memberships set deactivated_at = ${at}
		where organization_id = ${tenant.organization} and user_id = ${operator.id}`;
	await access(new Date());
	await expect.poll(news).toBe(8);
	await access(null);
	heard.end();
});
