import type { VisitorDetails } from '@chatiq/contracts/conversation';
import {
	answerProblem,
	isEmail,
	type FormAnswer,
	type FormField,
	type PreChatForm
} from '@chatiq/contracts/forms';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Json } from '@chatiq/contracts/database';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;

const none = { en: '', uk: '' };
const field = (key: string, kind: FormField['kind'], more: Partial<FormField> = {}): FormField => ({
	...{ key, kind, required: false, label: { en: key, uk: '' }, placeholder: none },
	...{ options: [], url: '' },
	...more
});
const topic = field('topic', 'select', {
	required: true,
	label: { en: 'Topic', uk: 'Тема' },
	options: [
		{ value: 'order', label: { en: 'An order', uk: 'Замовлення' } },
		{ value: 'other', label: { en: 'Other', uk: '' } }
	]
});
const form: PreChatForm = {
	enabled: true,
	intro: none,
	fields: [
		field('name', 'name', { required: true }),
		field('email', 'email', { required: true }),
		field('phone', 'phone'),
		topic,
		field('number', 'text'),
		field('news', 'checkbox'),
		field('terms', 'consent', {
			required: true,
			label: { en: 'I agree to the [terms]', uk: 'Я погоджуюся з [умовами]' },
			url: 'https://shop.test/terms'
		})
	]
};
const good = {
	name: ' Iryna ',
	email: 'iryna@shop.test',
	phone: '+380 (44) 123-45-67',
	topic: 'order',
	terms: 'true'
};

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Forms');
	admin = await tenant.addMember('admin');
	operator = await tenant.addMember('operator');
});
afterAll(() => sql.end());

const setUp = (columns: Record<string, unknown>, by = admin) =>
	by.client
		.from('widget_settings')
		.update(columns as never)
		.eq('site_id', tenant.site.id)
		.select('site_id');

const start = (by: Visitor, visitor: VisitorDetails, conversation_id: string = uuidv7()) =>
	by.client.rpc('start_conversation', {
		...{ conversation_id, message_id: uuidv7(), body: 'Hello' },
		visitor: visitor as unknown as Json
	});

async function cardOf(by: Visitor) {
	const { data } = await operator.client
		.from('visitors')
		.select('name, email, phone, verified, answers')
		.eq('id', by.session.visitor_id)
		.single()
		.throwOnError();
	return { ...data, answers: data.answers as unknown as FormAnswer[] };
}

const eventsOf = async (conversation: string, event: string) =>
	sql<{ payload: Record<string, unknown> }[]>`
		select payload from realtime.messages
		where topic = ${`conversation:${conversation}:team`} and event = ${event} order by inserted_at`;

describe('the settings of the forms', () => {
	it('are written by admins, and published', async () => {
		expect((await setUp({ pre_chat: form }).throwOnError()).data).toHaveLength(1);
		expect((await setUp({ pre_chat: form }, operator).throwOnError()).data).toEqual([]);
		const [row] = await sql`select app.public_site(${tenant.site.id}) -> 'settings' as settings`;
		expect(row?.['settings']).toMatchObject({
			pre_chat: form,
			rating: { enabled: true },
			consent: { url: '' }
		});
	});

	it.each<[string, Record<string, unknown>]>([
		['a field twice', { fields: [topic, topic] }],
		['another key for the e-mail', { fields: [field('mail', 'email')] }],
		['the key of the e-mail for something else', { fields: [field('email', 'text')] }],
		['an unknown kind', { fields: [{ ...topic, kind: 'file' }] }],
		['a select without choices', { fields: [{ ...topic, options: [] }] }],
		[
			'choices that are the same',
			{ fields: [{ ...topic, options: [topic.options[0], topic.options[0]] }] }
		],
		['a field without a label', { fields: [field('x', 'text', { label: none })] }],
		['a script for a link', { fields: [field('x', 'consent', { url: 'javascript:alert(1)' })] }],
		['a link of a text field', { fields: [field('x', 'text', { url: 'https://shop.test' })] }],
		['an unknown setting', { fields: [{ ...topic, html: '<b>' }] }],
		['a third language', { intro: { ...none, de: '' } }],
		['a number for a text', { intro: { en: 1, uk: '' } }],
		['thirteen fields', { fields: Array.from({ length: 13 }, (_, i) => field(`f${i}`, 'text')) }],
		['no list of fields', { fields: {} }]
	])('refuse %s', async (_, wrong) => {
		expect((await setUp({ pre_chat: { ...form, ...wrong } })).error?.code).toBe('23514');
	});

	it.each<[string, unknown]>([
		['pre_chat', []],
		['offline_form', { enabled: true, email: 'never', text: none }],
		['rating', { enabled: true, scale: 'hearts', comment: true }],
		['transcript', { download: 1, email: true }],
		['consent', { text: none, url: 'data:text/html,x' }]
	])('refuse a %s that is none', async (column, value) => {
		expect((await setUp({ [column]: value })).error?.code).toBe('23514');
	});
});

describe('a form', () => {
	beforeEach(() => setUp({ pre_chat: form, consent: { text: none, url: '' } }).throwOnError());

	it('becomes the visitor, with the words that stood there', async () => {
		const visitor = await tenant.addVisitor();
		await start(visitor, { language: 'uk', answers: good }).throwOnError();
		const { answers, ...card } = await cardOf(visitor);
		expect(card).toEqual({
			name: 'Iryna',
			email: 'iryna@shop.test',
			phone: '+380 (44) 123-45-67',
			verified: false
		});
		expect(answers).toMatchObject([
			{ key: 'topic', label: 'Тема', value: 'order', text: 'Замовлення' },
			{ key: 'news', value: 'false' },
			{
				key: 'terms',
				label: 'Я погоджуюся з [умовами]',
				value: 'true',
				url: 'https://shop.test/terms'
			}
		]);
		const at = Date.parse(answers[2]?.answered_at ?? '');
		expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
	});

	it('is refused with what is wrong, and nothing is stored', async () => {
		const visitor = await tenant.addVisitor();
		const wrong = { email: 'iryna', phone: 'none', topic: 'weather', terms: 'false' };
		const { error } = await start(visitor, { answers: wrong });
		expect(error?.message).toBe('form_incomplete');
		expect(JSON.parse(error?.details ?? '')).toEqual({
			fields: {
				name: 'required',
				email: 'invalid',
				phone: 'invalid',
				topic: 'invalid',
				terms: 'required'
			}
		});
		expect(
			await sql`select from public.visitors where id = ${visitor.session.visitor_id}`
		).toHaveLength(0);
	});

	it('is asked once: neither a repeat nor a second conversation needs it', async () => {
		const visitor = await tenant.addVisitor();
		await start(visitor, { answers: good }).throwOnError();
		await start(visitor, {}).throwOnError();
		expect(await cardOf(visitor)).toMatchObject({ name: 'Iryna', answers: [{}, {}, {}] });
	});

	it('does not ask a verified visitor for what the signature says, nor lets it be typed over', async () => {
		const identity = { sub: uuidv7(), name: 'Olha', email: 'olha@shop.test' };
		const visitor = await tenant.addVisitor({ identity });
		const { phone, topic: about, terms } = good;
		await start(visitor, { answers: { phone, topic: about, terms } }).throwOnError();
		await start(visitor, {
			name: 'Boss',
			answers: { ...good, email: 'boss@shop.test' }
		}).throwOnError();
		expect(await cardOf(visitor)).toMatchObject({
			name: 'Olha',
			email: 'olha@shop.test',
			verified: true
		});
	});

	it('with a verified visitor’s e-mail leads to nobody’s history', async () => {
		const identity = { sub: uuidv7(), name: 'Olha', email: 'olha2@shop.test' };
		const verified = await tenant.addVisitor({ identity });
		const { data } = await start(verified, { answers: good }).throwOnError();
		const theirs = (data as { conversation: { id: string } }).conversation.id;
		const stranger = await tenant.addVisitor();
		await start(stranger, { answers: { ...good, email: identity.email } }).throwOnError();
		const { data: seen } = await stranger.client
			.rpc('messages_after', { conversation_id: theirs, after_seq: 0 })
			.throwOnError();
		expect(seen).toEqual([]);
		expect((await cardOf(stranger)).verified).toBe(false);
	});

	it('keeps the consent that stood under the composer', async () => {
		await setUp({
			pre_chat: { ...form, enabled: false },
			consent: {
				text: { en: 'By writing you agree to our [privacy policy].', uk: '' },
				url: 'https://shop.test/p'
			}
		}).throwOnError();
		const [asked, unasked] = [await tenant.addVisitor(), await tenant.addVisitor()];
		await start(asked, { language: 'uk', consent: 'true' }).throwOnError();
		await start(unasked, {}).throwOnError();
		expect((await cardOf(asked)).answers).toMatchObject([
			{
				key: '_notice',
				label: 'By writing you agree to our [privacy policy].',
				url: 'https://shop.test/p'
			}
		]);
		expect((await cardOf(unasked)).answers).toEqual([]);
	});

	it.each([[[]], ['x'], [{ name: 1 }], [{ name: 'x'.repeat(2001) }]])(
		'that is %j is refused',
		async (answers) => {
			const { error } = await start(await tenant.addVisitor(), { answers: answers as never });
			expect(error?.message).toBe('invalid_input');
		}
	);
});

describe('an answer', () => {
	const tries: [FormField, string[]][] = [
		[
			field('email', 'email'),
			[
				'a@b.co',
				'a@b',
				'@b.co',
				'a b@c.co',
				'ї@пошта.укр',
				'a@b.c',
				'a@b..co',
				'a@b.co,c@d.co',
				'<a@b.co>'
			]
		],
		[
			field('phone', 'phone'),
			['+380441234567', '044 123', '12', '0800-CALL', '(0)', '+1 (555) 010-9999', '++123456']
		],
		[topic, ['order', 'Order', '', 'weather']],
		[field('x', 'text', { required: true }), ['', '  ', 'ok', 'x'.repeat(1001), '👍'.repeat(1000)]],
		[field('name', 'name'), ['x'.repeat(121), 'Ї'.repeat(120)]],
		[field('x', 'checkbox', { required: true }), ['true', 'false', '']]
	];
	it('is good or not in SQL as it is in the widget', async () => {
		for (const [asked, answers] of tries) {
			const rows = await sql<{ problem: string | null }[]>`
				select app.answer_problem(${sql.json(asked as never)}, nullif(btrim(answer), '')) as problem
				from unnest(${answers}::text[]) with ordinality as given (answer, place) order by place`;
			const here = answers.map((answer) => answerProblem(asked, answer));
			expect(rows.map(({ problem }) => problem)).toEqual(here);
			if (asked.kind === 'email') expect(here.filter((it) => it === null)).toHaveLength(2);
		}
		expect(isEmail(`${'x'.repeat(250)}@b.co`)).toBe(false);
	});
});

describe('an address left for the answer', () => {
	beforeEach(() => setUp({ pre_chat: { ...form, enabled: false } }).throwOnError());

	it('is shown to operators at once, and can be corrected', async () => {
		const [visitor, conversation] = [await tenant.addVisitor(), uuidv7()];
		expect((await visitor.client.rpc('get_contact').throwOnError()).data).toBeNull();
		expect((await visitor.client.rpc('leave_email', { email: 'a@b.co' })).error?.message).toBe(
			'visitor_not_found'
		);
		await start(visitor, {}, conversation).throwOnError();
		await visitor.client.rpc('leave_email', { email: ' wrong@shop.test ' }).throwOnError();
		await visitor.client.rpc('leave_email', { email: 'right@shop.test' }).throwOnError();
		expect((await visitor.client.rpc('get_contact').throwOnError()).data).toMatchObject({
			email: 'right@shop.test'
		});
		expect((await visitor.client.rpc('leave_email', { email: 'right' })).error?.message).toBe(
			'invalid_input'
		);
		expect((await cardOf(visitor)).email).toBe('right@shop.test');
		expect(await eventsOf(conversation, 'visitor_changed')).toHaveLength(2);
	});

	it('does not take the place of a signed one', async () => {
		const visitor = await tenant.addVisitor({
			identity: { sub: uuidv7(), email: 'real@shop.test' }
		});
		await start(visitor, {}).throwOnError();
		const { data } = await visitor.client
			.rpc('leave_email', { email: 'other@shop.test' })
			.throwOnError();
		expect(data).toMatchObject({ email: 'real@shop.test', verified: true });
	});
});

describe('a rating', () => {
	it('is read back by its visitor alone, and operators hear of each change', async () => {
		const [visitor, other, conversation] = [
			await tenant.addVisitor(),
			await tenant.addVisitor(),
			uuidv7()
		];
		await start(visitor, {}, conversation).throwOnError();
		const read = async (by: Visitor) =>
			(await by.client.rpc('get_rating', { conversation_id: conversation }).throwOnError()).data;
		expect(await read(visitor)).toEqual({
			conversation_id: conversation,
			score: null,
			comment: null
		});
		for (const [score, comment] of [
			[2, 'Slow'],
			[5, undefined]
		] as const) {
			await visitor.client
				.rpc('rate_conversation', {
					conversation_id: conversation,
					score,
					...(comment && { comment })
				})
				.throwOnError();
		}
		expect(await read(visitor)).toEqual({ conversation_id: conversation, score: 5, comment: null });
		expect(await read(other)).toBeNull();
		const events = await eventsOf(conversation, 'rating_changed');
		expect(events.map(({ payload }) => payload['score'])).toEqual([2, 5]);
	});
});

describe('a transcript', () => {
	const ask = (by: Visitor, conversation_id: string, email?: string) =>
		by.client.rpc('request_transcript', { conversation_id, ...(email && { email }) });
	const jobsOf = (conversation: string) => sql<{ payload: unknown; organization_id: string }[]>`
		select payload, organization_id from private.jobs
		where kind = 'send_transcript' and payload ->> 'conversation_id' = ${conversation} order by created_at`;

	it('is a job with the address, once however often it is asked for', async () => {
		const [visitor, conversation] = [await tenant.addVisitor(), uuidv7()];
		await start(visitor, { language: 'uk-UA' }, conversation).throwOnError();
		expect((await ask(visitor, conversation)).error?.message).toBe('invalid_input');
		const email = `${uuidv7()}@shop.test`;
		const answers = await Promise.all(
			[1, 2, 3].map(() => ask(visitor, conversation, email).throwOnError())
		);
		expect(answers[2]?.data).toEqual({ conversation_id: conversation, email });
		expect([...(await jobsOf(conversation))]).toEqual([
			{
				payload: { conversation_id: conversation, email, language: 'uk' },
				organization_id: tenant.organization
			}
		]);
	});

	it('goes to the known address, and neither for strangers nor where it is off', async () => {
		const [visitor, stranger, conversation] = [
			await tenant.addVisitor(),
			await tenant.addVisitor(),
			uuidv7()
		];
		await start(visitor, {}, conversation).throwOnError();
		await visitor.client.rpc('leave_email', { email: 'known@shop.test' }).throwOnError();
		expect((await ask(stranger, conversation, 'x@shop.test')).error?.message).toBe(
			'conversation_not_found'
		);
		expect((await ask(visitor, conversation).throwOnError()).data).toMatchObject({
			email: 'known@shop.test'
		});
		await setUp({ transcript: { download: true, email: false } }).throwOnError();
		expect((await ask(visitor, conversation)).error?.message).toBe('forbidden');
		await setUp({ transcript: { download: true, email: true } }).throwOnError();
		expect(await jobsOf(conversation)).toHaveLength(1);
	});

	it('cannot fill a stranger’s mailbox', async () => {
		const email = `${uuidv7()}@victim.test`;
		const refusals: (string | undefined)[] = [];
		for (let visitors = 0; visitors < 6; visitors++) {
			const [visitor, conversation] = [await tenant.addVisitor(), uuidv7()];
			await start(visitor, {}, conversation).throwOnError();
			const { error } = await ask(visitor, conversation, email);
			refusals.push(error?.message);
		}
		expect(refusals).toEqual([...Array.from({ length: 5 }, () => undefined), 'rate_limited']);
	});
});
