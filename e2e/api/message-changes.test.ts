import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let admin: Person;
let visitor: Visitor;
let conversation_id: string;
let question: string;
let answer: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Changes');
	operator = await tenant.addMember('operator');
	admin = await tenant.addMember('admin');
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
	[conversation_id, question, answer] = [uuidv7(), uuidv7(), uuidv7()];
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: question, body: 'A question' })
		.throwOnError();
	await operator.client
		.rpc('send_operator_message', {
			conversation_id,
			message_id: answer,
			body: 'An answer',
			seen_seq: 1
		})
		.throwOnError();
});
afterAll(() => sql.end());

const edit = (by: Visitor | Person, message_id: string, body: string) =>
	by.client.rpc('edit_message', { message_id, body });
const redact = (by: Visitor | Person, message_id: string) =>
	by.client.rpc('redact_message', { message_id });
const react = (by: Visitor | Person, message_id: string, emoji: string, on_message = true) =>
	by.client.rpc('react_to_message', { message_id, emoji, on_message });
const changes = async (by: Visitor | Person, after: number) =>
	(
		await by.client
			.rpc('message_changes_after', { conversation_id, after_change_seq: after })
			.throwOnError()
	).data;
const age = (id: string) =>
	sql`update public.messages set created_at = now() - interval '16 minutes' where id = ${id}`;

const preview = async () => {
	const [row] = await sql<{ text: string }[]>`
		select last_message_preview as text from public.conversations where id = ${conversation_id}`;
	return row?.text;
};

describe('the list', () => {
	it('goes on to show what a person wrote when a bot answers, the visitor’s own shows the answer', async () => {
		const again = { conversation_id, message_id: uuidv7(), body: 'And to Lviv?' };
		await visitor.client.rpc('send_visitor_message', again).throwOnError();
		await sql`
			insert into public.messages (id, conversation_id, author_kind, body)
			values (${uuidv7()}, ${conversation_id}, 'bot', 'We will be here at nine.')`;
		expect(await preview()).toBe('And to Lviv?');
		const mine = await operator.client
			.rpc('get_inbox_conversation', { conversation_id })
			.throwOnError();
		expect(mine.data).toMatchObject({
			last_message_preview: 'And to Lviv?',
			last_author_kind: 'bot'
		});
		const theirs = await visitor.client.rpc('list_visitor_conversations').throwOnError();
		expect(theirs.data).toMatchObject({
			conversations: [{ last_message_preview: 'We will be here at nine.', last_author_kind: 'bot' }]
		});
		// The answer does not stand in the way of what becomes of the question.
		await redact(visitor, again.message_id).throwOnError();
		expect(await preview()).toBe('');
	});
});

describe('an edit', () => {
	it('replaces the text, marks it, and moves the list and the changes', async () => {
		const edited = await edit(operator, answer, '  Another answer ').throwOnError();
		expect(edited.data).toMatchObject({ body: 'Another answer', change_seq: 1, seq: 2 });
		expect(edited.data.edited_at).not.toBeNull();
		const [row] = await sql`
			select last_message_preview, last_change_seq, last_seq
			from public.conversations where id = ${conversation_id}`;
		expect(row).toEqual({
			last_message_preview: 'Another answer',
			last_change_seq: 1,
			last_seq: 2
		});
		expect((await changes(visitor, 0)).map(({ id, body }) => [id, body])).toEqual([
			[answer, 'Another answer']
		]);
		expect(await changes(visitor, 1)).toEqual([]);
	});

	it('of an older message leaves the preview of the newest', async () => {
		await edit(visitor, question, 'My question').throwOnError();
		const [row] = await sql`
			select last_message_preview from public.conversations where id = ${conversation_id}`;
		expect(row).toEqual({ last_message_preview: 'An answer' });
	});

	it('that is sent twice counts once', async () => {
		const first = await edit(operator, answer, 'Once').throwOnError();
		await age(answer);
		const again = await edit(operator, answer, 'Once').throwOnError();
		expect(again.data.change_seq).toBe(first.data.change_seq);
		expect(again.data.edited_at).toBe(first.data.edited_at);
	});

	it('is for the author, within 15 minutes, with text in it', async () => {
		expect((await edit(operator, question, 'x')).error?.message).toBe('forbidden');
		expect((await edit(admin, answer, 'x')).error?.message).toBe('forbidden');
		expect((await edit(visitor, answer, 'x')).error?.message).toBe('forbidden');
		expect((await edit(operator, answer, ' ')).error?.message).toBe('message_empty');
		expect((await edit(operator, uuidv7(), 'x')).error?.message).toBe('message_not_found');
		await age(answer);
		const late = await edit(operator, answer, 'x');
		expect([late.status, late.error?.message]).toEqual([409, 'edit_window_closed']);
	});
});

describe('a redaction', () => {
	it('leaves the row and nothing of its content, in the table and in Realtime', async () => {
		await react(visitor, answer, '👍').throwOnError();
		const { data } = await redact(operator, answer).throwOnError();
		expect(data).toMatchObject({ seq: 2, body: '', reactions: {}, attachments: [] });
		expect(data.redacted_at).not.toBeNull();
		const [row] = await sql`
			select last_message_preview as preview, last_seq from public.conversations
			where id = ${conversation_id}`;
		expect(row).toEqual({ preview: '', last_seq: 2 });
		const left = await sql`
			select payload from realtime.messages where payload::text like '%An answer%'
				and payload::text like ${`%${conversation_id}%`}`;
		expect(left).toEqual([]);
		expect((await redact(operator, answer).throwOnError()).data).toEqual(data);
		expect((await edit(operator, answer, 'Back')).error?.message).toBe('message_redacted');
		expect((await react(visitor, answer, '👍')).error?.message).toBe('message_redacted');
	});

	it('takes the name of a file from the list too', async () => {
		const files = [{ id: uuidv7(), name: 'passport.pdf', size: 1, type: 'application/pdf' }];
		await sql`
			update public.messages set body = '', attachments = ${sql.json(files)} where id = ${answer}`;
		expect(await preview()).toBe('passport.pdf');
		await redact(operator, answer).throwOnError();
		expect(await preview()).toBe('');
	});

	it('is for the author, and for admins at any time', async () => {
		expect((await redact(operator, question)).error?.message).toBe('forbidden');
		expect((await redact(visitor, answer)).error?.message).toBe('forbidden');
		await age(question);
		expect((await redact(visitor, question)).error?.message).toBe('edit_window_closed');
		expect((await redact(admin, question)).error).toBeNull();
	});

	it('of a private note is not shown to the visitor', async () => {
		const note = uuidv7();
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id: note,
				body: 'Secret',
				seen_seq: 2,
				visibility: 'team'
			})
			.throwOnError();
		await redact(operator, note).throwOnError();
		expect(await changes(visitor, 0)).toEqual([]);
		expect((await redact(visitor, note)).error?.message).toBe('message_not_found');
		expect((await react(visitor, note, '👍')).error?.message).toBe('message_not_found');
	});
});

describe('a reaction', () => {
	it('is there once, however often it is sent, and goes again', async () => {
		for (const by of [visitor, operator, visitor]) await react(by, answer, '❤️').throwOnError();
		await react(visitor, answer, '👍🏽').throwOnError();
		const me = visitor.session.visitor_id;
		const [newest] = await changes(visitor, 0);
		expect(newest).toMatchObject({
			reactions: { '❤️': [me, operator.id], '👍🏽': [me] },
			change_seq: 3
		});
		await react(visitor, answer, '❤️', false).throwOnError();
		const { data } = await react(visitor, answer, '❤️', false).throwOnError();
		expect(data).toMatchObject({
			reactions: { '❤️': [operator.id], '👍🏽': [me] },
			change_seq: 4,
			edited_at: null
		});
	});

	it.each(['', 'a', '<b>', '1', '👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍', ' '])(
		'refuses %j as an emoji',
		async (emoji) => {
			expect((await react(visitor, answer, emoji)).error?.message).toBe('invalid_input');
		}
	);

	it('stops at ten of one person, which may still repeat itself', async () => {
		const emojis = ['😀', '😁', '😂', '🤣', '😃', '😄', '😅', '😆', '😉', '😊'];
		for (const emoji of emojis) await react(visitor, answer, emoji).throwOnError();
		expect((await react(visitor, answer, '🎉')).error?.message).toBe('too_many_reactions');
		expect((await react(visitor, answer, '😊')).error).toBeNull();
	});
});

it('takes places for 40 changes at once without a hole, in one order for all', async () => {
	const emojis = Array.from({ length: 9 }, (_, i) => String.fromCodePoint(0x1f600 + i));
	await Promise.all([
		...emojis.flatMap((emoji) => [react(visitor, answer, emoji), react(operator, answer, emoji)]),
		...Array.from({ length: 11 }, (_, i) => edit(visitor, question, `Edit ${i}`)),
		...Array.from({ length: 11 }, (_, i) => edit(operator, answer, `Edit ${i}`))
	]);
	const rows = await changes(operator, 0);
	const [{ last }] = (await sql`
		select last_change_seq as last from public.conversations where id = ${conversation_id}`) as [
		{ last: number }
	];
	expect(last).toBe(40);
	expect(Math.max(...rows.map((row) => row.change_seq))).toBe(40);
	expect(await changes(visitor, 0)).toEqual(rows);
});

describe('a quoted reply', () => {
	it('names an earlier message', async () => {
		const send = (reply_to_seq: number) =>
			visitor.client.rpc('send_visitor_message', {
				conversation_id,
				message_id: uuidv7(),
				body: 'To that',
				reply_to_seq
			});
		expect((await send(2).throwOnError()).data.reply_to_seq).toBe(2);
		expect((await send(99)).error?.message).toBe('invalid_input');
		expect((await send(-1)).error).not.toBeNull();
	});
});
