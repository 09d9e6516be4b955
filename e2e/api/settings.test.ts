import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import type { InboxChanges, InboxPage } from '@chatiq/contracts/conversation';
import type { ApiKeyWithSecret, RotatedSecret } from '@chatiq/contracts/team';
import { uuidv7 } from '@chatiq/contracts/ids';
import { createHash } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let other: Tenant;
let admin: Person;
let operator: Person;
let stranger: Person;
let visitor: Visitor;
let conversation: string;
let organization_id: string;
let site_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	[tenant, other] = await Promise.all([
		createTenant(backend, sql, 'Settings'),
		createTenant(backend, sql, 'Other settings')
	]);
	[admin, operator, stranger, visitor] = await Promise.all([
		tenant.addMember('admin'),
		tenant.addMember('operator'),
		other.addMember('owner'),
		tenant.addVisitor()
	]);
	organization_id = tenant.organization;
	site_id = tenant.site.id;
	conversation = uuidv7();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: conversation,
			message_id: uuidv7(),
			body: 'Hello'
		})
		.throwOnError();
});
afterAll(() => sql.end());

async function newLabel(by = admin, organization = organization_id): Promise<string> {
	const id = uuidv7();
	await by.client
		.from('labels')
		.insert({ id, organization_id: organization, name: `Label ${id}` })
		.throwOnError();
	return id;
}

describe('labels', () => {
	const put = (label_id: string, by = operator) =>
		by.client.rpc('label_conversation', { conversation_id: conversation, label_id });

	it('show in the list, and the list hears of them', async () => {
		const label = await newLabel();
		const before = await operator.client.rpc('list_inbox', {}).throwOnError();
		const { cursor } = before.data as unknown as InboxPage;
		await Promise.all([put(label), put(label)]);
		const changes = async () =>
			(await operator.client.rpc('inbox_changes_since', { cursor }).throwOnError())
				.data as unknown as InboxChanges;
		expect((await changes()).conversations.map((row) => row.label_ids)).toEqual([[label]]);
		const taken = await operator.client
			.rpc('unlabel_conversation', { conversation_id: conversation, label_id: label })
			.throwOnError();
		expect((taken.data as unknown as MyInboxConversation).label_ids).toEqual([]);
		expect((await changes()).conversations.map((row) => row.label_ids)).toEqual([[]]);
	});

	it('of another organisation cannot be used, nor on its conversations', async () => {
		const theirs = await newLabel(stranger, other.organization);
		expect((await put(theirs)).error?.message).toBe('label_not_found');
		expect((await put(theirs, stranger)).error?.message).toBe('conversation_not_found');
		expect((await put(uuidv7())).error?.message).toBe('label_not_found');
	});

	it('are unique by name, whatever the case, and made by admins', async () => {
		const insert = (name: string, by: Person) =>
			by.client.from('labels').insert({ organization_id, name });
		expect((await insert('Urgent', admin)).error).toBeNull();
		expect((await insert('URGENT', admin)).error?.code).toBe('23505');
		expect((await insert('Mine', operator)).error?.code).toBe('42501');
		expect((await insert('Theirs', stranger)).error?.code).toBe('42501');
	});
});

describe('ids of two tenants in one row', () => {
	it('are refused in every table that has both', async () => {
		const site = other.site.id;
		const call = admin.client;
		const answers = await Promise.all([
			call
				.from('quick_templates')
				.insert({ organization_id, site_id: site, language: 'en', shortcut: 'x', body: 'x' }),
			call.from('webhooks').insert({
				organization_id,
				site_id: site,
				url: 'https://x.test',
				events: ['message.created']
			}),
			call.from('auto_reply_rules').insert({
				organization_id: other.organization,
				site_id,
				name: 'x',
				trigger: 'first_message',
				texts: { en: 'x' }
			}),
			call
				.from('saved_views')
				.insert({ organization_id: other.organization, name: 'x', filters: {} })
		]);
		expect(answers.map((answer) => answer.error?.code)).toEqual([
			'23503',
			'23503',
			'23503',
			'42501'
		]);
	});
});

it('keeps templates to known variables and one shortcut per language', async () => {
	const insert = (shortcut: string, body: string, language = 'en') =>
		admin.client.from('quick_templates').insert({ organization_id, language, shortcut, body });
	expect((await insert('hi', 'Hello {{ visitor_name }}!')).error).toBeNull();
	expect((await insert('hi', 'Вітаю, {{visitor_name}}!', 'uk')).error).toBeNull();
	expect((await insert('hi', 'Again')).error?.code).toBe('23505');
	expect((await insert('bad', 'Hello {{password}}')).error?.code).toBe('23514');
});

it('accepts only rules that make sense', async () => {
	const insert = (part: Record<string, unknown>) =>
		admin.client.from('auto_reply_rules').insert({
			organization_id,
			site_id,
			name: 'Rule',
			trigger: 'first_message',
			texts: { en: 'Hello' },
			...part
		} as never);
	const good = [
		{},
		{ conditions: { languages: ['uk'], verified: true, schedule: 'closed', min_visits: 2 } },
		{ trigger: 'no_reply', conditions: { after_minutes: 5 } },
		{ texts: {}, actions: { label_ids: [await newLabel()], close: true } }
	];
	const bad = [
		{ conditions: { password: 'x' } },
		{ conditions: { languages: 'uk' } },
		{ conditions: { after_minutes: 1.5 } },
		{ conditions: [] },
		{ trigger: 'keyword' },
		{ texts: { de: 'Hallo' } },
		{ texts: { en: '{{secret}}' } },
		{ texts: {} },
		{ actions: { run: 'rm' } }
	];
	const codes = async (parts: Record<string, unknown>[]) =>
		Promise.all(parts.map(async (part) => (await insert(part)).error?.code ?? 'stored'));
	expect(await codes(good)).toEqual(good.map(() => 'stored'));
	expect(await codes(bad)).toEqual(bad.map(() => '23514'));
});

describe('business hours', () => {
	const set = (hours: unknown) =>
		admin.client.rpc('set_business_hours', { site_id, hours: hours as never });

	it('are written a week at a time, several intervals and nights included', async () => {
		const week = [
			{ weekday: 1, opens: '09:00', closes: '12:00' },
			{ weekday: 1, opens: '13:00', closes: '18:00' },
			{ weekday: 5, opens: '22:00', closes: '06:00' },
			{ weekday: 6, opens: '06:00', closes: '24:00' }
		];
		const { data } = await set(week).throwOnError();
		expect(data.map(({ weekday, closes }) => [weekday, closes])).toEqual([
			[1, '12:00:00'],
			[1, '18:00:00'],
			[5, '06:00:00'],
			[6, '24:00:00']
		]);
		expect((await set(week.slice(0, 1))).data?.length).toBe(1);
		expect((await set([])).data).toEqual([]);
	});

	it.each([
		[
			'that overlap',
			[
				{ weekday: 1, opens: '09:00', closes: '12:00' },
				{ weekday: 1, opens: '11:00', closes: '13:00' }
			]
		],
		[
			'of a night that reaches into the next day',
			[
				{ weekday: 7, opens: '22:00', closes: '06:00' },
				{ weekday: 1, opens: '05:00', closes: '13:00' }
			]
		],
		['on an eighth day', [{ weekday: 8, opens: '09:00', closes: '12:00' }]],
		['without an end', [{ weekday: 1, opens: '09:00' }]],
		['that are no times', [{ weekday: 1, opens: 'nine', closes: '12:00' }]],
		['that are no list', { weekday: 1 }]
	])('refuses hours %s', async (_, hours) => {
		expect((await set(hours)).error).toMatchObject({ code: 'PT422', message: 'invalid_input' });
	});

	it('have special days, off or with hours of their own', async () => {
		const day = '2026-12-25';
		const call = (hours: { opens: string; closes: string }[]) =>
			admin.client
				.rpc('set_special_day', { site_id, day, hours, name: 'Christmas' })
				.throwOnError();
		const off = await call([]);
		expect(off.data).toMatchObject([{ day, opens: null, closes: null, name: 'Christmas' }]);
		const short = await call([{ opens: '10:00', closes: '12:00' }]);
		expect(short.data).toMatchObject([{ opens: '10:00:00' }]);
		await admin.client.rpc('clear_special_day', { site_id, day }).throwOnError();
		const left = await operator.client.from('business_hours_exceptions').select('id');
		expect(left.data).toEqual([]);
	});
});

describe('webhooks', () => {
	const insert = (url: string, events = ['message.created'], id = uuidv7()) =>
		admin.client.from('webhooks').insert({ id, organization_id, url, events });

	it('go to https only, without credentials, for known events', async () => {
		for (const url of [
			'http://x.test',
			'https://a:b@x.test',
			'https://',
			'ftp://x.test',
			'https://x.test/#a'
		]) {
			expect((await insert(url)).error?.code).toBe('23514');
		}
		expect((await insert('https://x.test', ['everything'])).error?.code).toBe('23514');
		expect((await insert('https://x.test/hook?a=1')).error).toBeNull();
	});

	it('have a secret that rotates with overlap, once per version', async () => {
		const webhook_id = uuidv7();
		await insert('https://x.test', ['message.created'], webhook_id).throwOnError();
		const read = await admin.client.rpc('read_webhook_secret', { webhook_id }).throwOnError();
		const before = read.data as unknown as RotatedSecret;
		expect(before.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
		const call = () =>
			admin.client.rpc('rotate_webhook_secret', { webhook_id, version: 1 }).throwOnError();
		const [first, second] = await Promise.all([call(), call()]);
		expect(first.data).toEqual(second.data);
		expect(first.data).toMatchObject({ version: 2 });
		const foreign = await stranger.client.rpc('read_webhook_secret', { webhook_id });
		expect(foreign.error?.message).toBe('webhook_not_found');
	});
});

it('shows the secret of an API key once, and lets the key work until it is revoked', async () => {
	const key_id = uuidv7();
	const create = (by = admin) =>
		by.client.rpc('create_api_key', {
			key_id,
			organization_id,
			name: 'Shop',
			scopes: ['messages:read']
		});
	const lost = (await create().throwOnError()).data as unknown as ApiKeyWithSecret;
	const { secret, prefix } = (await create().throwOnError()).data as unknown as ApiKeyWithSecret;
	expect(secret.startsWith(prefix)).toBe(true);
	const use = async (key: string) =>
		(
			await connectService(backend)
				.rpc('use_api_key', { key_hash: createHash('sha256').update(key).digest('hex') })
				.throwOnError()
		).data;
	expect(await use(lost.secret)).toBeNull();
	expect(await use(secret)).toEqual({
		api_key_id: key_id,
		organization_id,
		scopes: ['messages:read']
	});
	expect((await create()).error?.message).toBe('id_conflict');
	expect((await create(operator)).error?.message).toBe('forbidden');
	const foreign = await stranger.client.rpc('revoke_api_key', { key_id });
	expect(foreign.error?.message).toBe('api_key_not_found');
	await admin.client.rpc('revoke_api_key', { key_id }).throwOnError();
	expect(await use(secret)).toBeNull();
	// That it got its secret, and was used, is no change that anybody made.
	const written = await sql`
		select action, array(select jsonb_object_keys(after)) as columns from public.audit_log
		where entity = 'api_keys' and entity_id = ${key_id} order by id`;
	expect(written.slice(1)).toEqual([{ action: 'update', columns: ['revoked_at'] }]);
});

it('takes one rating per conversation from its visitor', async () => {
	const rate = (score: number, by = visitor, comment = ' Thanks ') =>
		by.client.rpc('rate_conversation', { conversation_id: conversation, score, comment });
	await rate(4).throwOnError();
	await Promise.all([rate(5), rate(5)]);
	const { data } = await operator.client.from('ratings').select('score, comment, conversation_id');
	expect(data).toEqual([{ score: 5, comment: 'Thanks', conversation_id: conversation }]);
	expect((await rate(6)).error?.message).toBe('invalid_input');
	expect((await rate(1, await tenant.addVisitor())).error?.message).toBe('conversation_not_found');
});

it('notifies a member once, and shows it to nobody else', async () => {
	const notify = async (user: string, key: string) =>
		(
			await sql<{ id: string | null }[]>`select app.notify_member(${organization_id}, ${user},
				'assigned', ${key}, ${conversation}) as id`
		)[0]?.id;
	expect(await notify(operator.id, 'a')).not.toBeNull();
	expect(await notify(operator.id, 'a')).toBeNull();
	expect(await notify(stranger.id, 'a')).toBeNull();
	// Not of the visitor who has begun to wait, which everybody on the site hears of.
	const read = (by: Person) =>
		by.client.from('notifications').select('id, kind, read_at').eq('kind', 'assigned');
	expect((await read(admin)).data).toEqual([]);
	const notification_ids = (await read(operator)).data?.map(({ id }) => id) ?? [];
	const mark = (by = operator) =>
		by.client.rpc('mark_notifications_read', { notification_ids }).throwOnError();
	expect((await read(operator)).data).toMatchObject([{ kind: 'assigned', read_at: null }]);
	expect([(await mark(admin)).data, (await mark()).data, (await mark()).data]).toEqual([0, 1, 0]);
});

it('keeps private views private, and shares shared ones', async () => {
	await operator.client
		.from('saved_views')
		.insert([
			{ organization_id, name: 'Mine', filters: { status: 'open' }, shared: false },
			{ organization_id, name: 'Ours', filters: { label: 'vip' }, shared: true }
		])
		.throwOnError();
	const names = async (by: Person) =>
		(await by.client.from('saved_views').select('name').order('name')).data?.map((row) => row.name);
	expect(await names(operator)).toEqual(['Mine', 'Ours']);
	expect(await names(admin)).toEqual(['Ours']);
	expect(await names(stranger)).toEqual([]);

	// In an order of one's own, shared ones too.
	const view_ids = [uuidv7(), uuidv7()];
	const order = (by: Person, ids: string[] | null) =>
		by.client.rpc('order_saved_views', { organization_id, view_ids: ids as string[] });
	const orders = async (by: Person) =>
		(await by.client.from('saved_view_orders').select('view_ids')).data;
	await order(operator, view_ids).throwOnError();
	await order(operator, view_ids.toReversed()).throwOnError();
	expect(await orders(operator)).toEqual([{ view_ids: view_ids.toReversed() }]);
	expect(await orders(admin)).toEqual([]);
	expect((await order(stranger, view_ids)).error?.message).toBe('organization_not_found');
	const tooMany = Array.from({ length: 501 }, () => uuidv7());
	for (const wrong of [null, tooMany])
		expect((await order(operator, wrong)).error?.message).toBe('invalid_input');
	await admin.client
		.from('saved_views')
		.delete()
		.eq('organization_id', organization_id)
		.throwOnError();
	expect(await names(operator)).toEqual(['Mine']);
});
