import type { InboxConversation } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import { foundEnd, foundStart, type FoundMessage, type SearchPage } from '@chatiq/contracts/search';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let visitor: Visitor;
const conversation_id = uuidv7();
const texts = [
	'Where is my order 10482? It was shipped on Monday',
	'Доброго дня! Коли приїде моє замовлення до Львова?',
	'Я купувала зернову каву минулого тижня',
	'Зв’язок перервався, не можу оплатити карткою',
	'The grinder keeps running and running'
];

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Search');
	operator = await tenant.addMember('operator');
	visitor = await tenant.addVisitor();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id,
			message_id: uuidv7(),
			body: 'Hello',
			visitor: { name: 'Ганна Коваль', email: 'hanna.koval@shop.test' }
		})
		.throwOnError();
	for (const body of texts) {
		await visitor.client
			.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body })
			.throwOnError();
	}
});
afterAll(() => sql.end());

const search = async (question: string, by = operator, args = {}) =>
	(await by.client.rpc('search_inbox', { question, ...args }).throwOnError())
		.data as unknown as SearchPage;
const bare = (snippet: string) => snippet.replaceAll(foundStart, '').replaceAll(foundEnd, '');
const found = async (question: string) =>
	(await search(question)).results.map((one) =>
		one.kind === 'message' ? bare(one.snippet) : `${one.name} ${one.email}`
	);

describe('a search finds', () => {
	it.each([
		['a word', 'shipped', 0],
		['the beginning of a word', 'ship', 0],
		['a number', '10482', 0],
		['another case', 'MONDAY', 0],
		['all words in any order', 'order where', 0],
		['another English form', 'ran grinders', undefined],
		['the stem of an English form', 'grinders run', 4],
		['a Ukrainian word', 'замовлення', 1],
		['another Ukrainian case', 'замовленням', 1],
		['a city in the nominative', 'Львів', 1],
		['another Ukrainian form', 'зерновою кавою', 2],
		['an apostrophe however it was typed', "зв'язок", 3],
		['no apostrophe at all', 'звязок', 3],
		['a typing mistake', 'shiped', 0],
		['a mistake in Ukrainian', 'замволення', 1],
		['a mistake in the first letter', 'grinder', 4],
		['a word and a mistake', 'картокю оплатити', 3],
		['nothing that is not there', 'refrigerator', undefined]
	])('%s', async (_, question, text) => {
		const results = await found(question);
		if (text === undefined) expect(results).toEqual([]);
		else expect(results).toEqual([expect.stringContaining((texts[text] ?? '').slice(0, 20))]);
	});

	it('visitors by name and e-mail', async () => {
		for (const question of ['ковал', 'hanna.koval@shop.test', 'koval']) {
			expect(await found(question)).toEqual(['Ганна Коваль hanna.koval@shop.test']);
		}
	});
});

it('calls whoever wrote as the list does, also somebody without a name', async () => {
	const nameless = await tenant.addVisitor();
	const id = uuidv7();
	await nameless.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'marmalade' })
		.throwOnError();
	const { data } = await operator.client
		.rpc('get_inbox_conversation', { conversation_id: id })
		.throwOnError();
	const { visitor_name, visitor_email, person_id } = data as unknown as InboxConversation;
	expect((await search('marmalade')).results).toEqual([
		expect.objectContaining({ kind: 'message', visitor_name, visitor_email, person_id })
	]);
	expect(person_id).toEqual(expect.any(String));
});

it('marks what it found, and only shows text as text', async () => {
	await visitor.client
		.rpc('send_visitor_message', {
			conversation_id,
			message_id: uuidv7(),
			body: `<b>espresso</b> ${foundStart}beans`
		})
		.throwOnError();
	const { results } = await search('espresso');
	expect((results[0] as FoundMessage).snippet).toBe(
		`<b>${foundStart}espresso${foundEnd}</b> beans`
	);
});

it('pages from the newest to the oldest', async () => {
	for (let i = 0; i < 5; i++) {
		await visitor.client
			.rpc('send_visitor_message', { conversation_id, message_id: uuidv7(), body: `latte ${i}` })
			.throwOnError();
	}
	const bodies: string[] = [];
	let args = {};
	for (let more = true; more;) {
		const page = await search('latte', operator, { max_rows: 2, ...args });
		bodies.push(...page.results.map((one) => bare((one as FoundMessage).snippet)));
		const last = page.results.at(-1);
		args = { before: last?.happened_at, before_id: last?.id };
		more = page.has_more;
	}
	expect(bodies).toEqual([4, 3, 2, 1, 0].map((i) => `latte ${i}`));
});

it('follows edits and redactions, and forgets words that nobody wrote any more', async () => {
	const message_id = uuidv7();
	await visitor.client
		.rpc('send_visitor_message', { conversation_id, message_id, body: 'cappuccino cup' })
		.throwOnError();
	await visitor.client.rpc('edit_message', { message_id, body: 'macchiato cup' }).throwOnError();
	expect(await found('cappuccino')).toEqual([]);
	expect(await found('macchiato')).toEqual(['macchiato cup']);
	await visitor.client.rpc('redact_message', { message_id }).throwOnError();
	expect(await found('macchiato')).toEqual([]);
	const words = await sql`
		select word from private.search_words
		where site_id = ${tenant.site.id} and word in ('cappuccino', 'macchiato')`;
	expect(words).toEqual([]);
});

it('is of the sites of who asks, and of operators only', async () => {
	const other = await createTenant(backend, sql, 'Elsewhere');
	for (const by of [await other.addMember('owner'), await tenant.addMember('operator', false)]) {
		expect((await search('order', by)).results).toEqual([]);
	}
	expect((await search('order', operator, { site_id: other.site.id })).results).toEqual([]);
	for (const client of [visitor.client, connect(backend)]) {
		expect((await client.rpc('search_inbox', { question: 'order' })).error?.code).toBe('42501');
	}
});

it.each(['', ' ', "' | & ! :* <-> \\", '%_', 'a'.repeat(200), "x'::tsquery"])(
	'takes %j as words and nothing else',
	async (question) => {
		expect((await search(question)).results).toEqual([]);
	}
);

it('refuses a question of more than 200 characters', async () => {
	const { error } = await operator.client.rpc('search_inbox', { question: 'a'.repeat(201) });
	expect(error?.message).toBe('invalid_input');
});
