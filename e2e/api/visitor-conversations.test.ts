import type { StartedConversation, VisitorConversationPage } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Boot } from '@chatiq/contracts/session';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import {
	callFunction,
	createTenant,
	type Person,
	type Tenant,
	type Visitor
} from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let visitor: Visitor;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Lists');
	operator = await tenant.addMember('operator');
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
});
afterAll(() => sql.end());

async function start(body: string): Promise<string> {
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body })
		.throwOnError();
	return conversation_id;
}

const answer = async (conversation_id: string, body: string, more: object = {}) =>
	(
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id: uuidv7(),
				body,
				seen_seq: 1_000_000,
				...more
			})
			.throwOnError()
	).data;

async function list(args: Record<string, unknown> = {}): Promise<VisitorConversationPage> {
	const { data } = await visitor.client.rpc('list_visitor_conversations', args).throwOnError();
	return data as unknown as VisitorConversationPage;
}

async function boot(): Promise<Boot> {
	const { refresh_token } = visitor.session;
	const response = await callFunction(backend, 'boot', {
		site_key: tenant.site.site_key,
		refresh_token
	});
	return (await response.json()) as Boot;
}

describe('the list of a visitor', () => {
	it('holds all conversations, the newest word first, with what is unread in each', async () => {
		const [first, second] = [await start('About a grinder'), await start('About beans')];
		await answer(first, 'Which one?');
		await answer(first, 'There are two.');
		await answer(first, 'Ask Olena', { visibility: 'team' });
		await operator.client
			.rpc('set_conversation_status', { conversation_id: second, status: 'closed' })
			.throwOnError();
		expect(await list()).toMatchObject({
			conversations: [
				{ id: first, status: 'open', last_message_preview: 'There are two.', unread_count: 2 },
				{ id: second, status: 'closed', last_author_kind: 'visitor', unread_count: 0 }
			],
			has_more: false,
			unread_count: 2
		});
	});

	it('comes in pages', async () => {
		const ids = [await start('1'), await start('2'), await start('3')].reverse();
		const page = await list({ max_rows: 2 });
		expect(page.conversations.map(({ id }) => id)).toEqual(ids.slice(0, 2));
		expect(page.has_more).toBe(true);
		const last = page.conversations.at(-1);
		const rest = await list({ before: last?.last_message_at, before_id: last?.id, max_rows: 2 });
		expect(rest.conversations.map(({ id }) => id)).toEqual(ids.slice(2));
		expect(rest.has_more).toBe(false);
	});

	it('counts more than a page of messages, and nothing that was read or deleted', async () => {
		const conversation_id = await start('Tell me everything');
		const told = [];
		for (let count = 0; count < 40; count++) told.push(await answer(conversation_id, `${count}`));
		expect(await boot()).toMatchObject({
			unread_count: 40,
			conversation_count: 1,
			conversation: { id: conversation_id, unread_count: 40 }
		});
		await operator.client.rpc('redact_message', { message_id: told[39]?.id ?? '' }).throwOnError();
		await visitor.client.rpc('mark_read', { conversation_id, seq: 11 }).throwOnError();
		expect(await list()).toMatchObject({ unread_count: 29 });
	});

	it('begins with the conversation of the last word, and counts those of the others', async () => {
		const [first, second] = [await start('First'), await start('Second')];
		await answer(second, 'Unread');
		await answer(first, 'Newest');
		expect(await boot()).toMatchObject({
			conversation: { id: first, unread_count: 1 },
			conversation_count: 2,
			unread_count: 2
		});
	});
});

describe('quick replies', () => {
	it('come with the message, cut and in their order', async () => {
		const conversation_id = await start('Do you ship?');
		const quick_replies = [{ text: ' To Lviv ' }, { text: 'Abroad', value: 'abroad' }];
		const { id } = await answer(conversation_id, 'Where to?', { quick_replies });
		const { data } = await visitor.client
			.rpc('messages_after', { conversation_id, after_seq: 1 })
			.throwOnError();
		expect(data).toMatchObject([
			{ id, quick_replies: [{ text: 'To Lviv' }, { text: 'Abroad', value: 'abroad' }] }
		]);
	});

	it('go with the text of a deleted message', async () => {
		const conversation_id = await start('Do you ship?');
		const { id } = await answer(conversation_id, 'Where to?', {
			quick_replies: [{ text: 'Lviv' }]
		});
		const { data } = await operator.client.rpc('redact_message', { message_id: id }).throwOnError();
		expect(data.quick_replies).toEqual([]);
	});

	it.each([
		['eleven', Array.from({ length: 11 }, (_, place) => ({ text: `${place}` }))],
		['a long one', [{ text: 'x'.repeat(81) }]],
		['an empty one', [{ text: '  ' }]],
		['one twice', [{ text: 'Yes' }, { text: 'Yes' }]],
		['an unknown key', [{ text: 'Yes', href: 'https://example.com' }]],
		['a text that is none', [{ text: 7 }]],
		['no list', { text: 'Yes' }]
	])('are refused: %s', async (_, quick_replies) => {
		const conversation_id = await start('Do you ship?');
		const { error } = await operator.client.rpc('send_operator_message', {
			conversation_id,
			message_id: uuidv7(),
			body: 'Where to?',
			seen_seq: 1,
			quick_replies
		});
		expect(error?.message).toBe('invalid_input');
	});

	it('are not for notes, which no visitor sees', async () => {
		const conversation_id = await start('Do you ship?');
		const { error } = await operator.client.rpc('send_operator_message', {
			conversation_id,
			message_id: uuidv7(),
			body: 'Ask Olena',
			seen_seq: 1,
			visibility: 'team',
			quick_replies: [{ text: 'Yes' }]
		});
		expect(error?.message).toBe('invalid_input');
	});
});

describe('a text that begins a conversation', () => {
	const begin = async (body: string, more: object = {}) => {
		const { data } = await visitor.client
			.rpc('start_conversation', {
				...{ conversation_id: uuidv7(), message_id: uuidv7(), body },
				...more
			})
			.throwOnError();
		return data as unknown as StartedConversation;
	};

	it('joins the one of the last word where asked to, as often as it is sent', async () => {
		const [older, newer] = [await start('First'), await start('Second')];
		await answer(older, 'The last word');
		const ids = { conversation_id: uuidv7(), message_id: uuidv7() };
		const joined = await begin('Third', { ...ids, join_known: true });
		expect(joined).toMatchObject({
			conversation: { id: older, last_seq: 3 },
			message: { id: ids.message_id, conversation_id: older, seq: 3 }
		});
		expect(await begin('Third', { ...ids, join_known: true })).toEqual(joined);
		expect((await begin('Elsewhere')).conversation.id).not.toBe(newer);
	});

	it('begins one where there is none, also when two pages do so at once', async () => {
		const both = await Promise.all(
			['One', 'Two', 'Three'].map((body) => begin(body, { join_known: true }))
		);
		expect(new Set(both.map(({ conversation }) => conversation.id)).size).toBe(1);
		expect(both.map(({ message }) => message.seq).sort()).toEqual([1, 2, 3]);
	});
});

it('shows the visitor who has answered, by the name of today', async () => {
	const conversation_id = await start('Hello');
	const agents = async () =>
		(await visitor.client.rpc('list_conversation_agents', { conversation_id }).throwOnError()).data;
	expect(await agents()).toEqual([]);
	await answer(conversation_id, 'Hi');
	await operator.client
		.from('profiles')
		.update({ display_name: 'Olena K', job_title: 'Barista' })
		.eq('id', operator.id)
		.throwOnError();
	expect(await agents()).toEqual([
		{ id: operator.id, name: 'Olena K', avatar_url: null, job_title: 'Barista' }
	]);
});
