import type { Message } from '@chatiq/contracts/message';
import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect, connectService, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
const service = connectService(backend);
const bytes = new Blob(['the content'], { type: 'text/plain' });
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let stranger: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Files');
	operator = await tenant.addMember('operator');
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

const prepare = (by: Visitor | Person, args = {}) =>
	by.client.rpc('prepare_upload', {
		attachment_id: uuidv7(),
		conversation_id,
		name: 'notes.txt',
		content_type: 'text/plain',
		size_bytes: bytes.size,
		...args
	});

/** Registers, stores and finishes, as the upload function will. */
async function upload(by: Visitor | Person): Promise<{ id: string; path: string }> {
	const { data } = await prepare(by).throwOnError();
	const stored = await service.storage.from('attachments').upload(data.path, bytes);
	if (stored.error) throw stored.error;
	await service
		.rpc('finish_upload', {
			attachment_id: data.id,
			content_type: 'text/plain',
			size_bytes: bytes.size
		})
		.throwOnError();
	return data;
}
const send = (attachment_ids: string[], body = '', message_id = uuidv7()) =>
	visitor.client.rpc('send_visitor_message', { conversation_id, message_id, body, attachment_ids });
const download = async (by: Visitor | Person | ReturnType<typeof connect>, path: string) =>
	(await ('client' in by ? by.client : by).storage.from('attachments').download(path)).data?.text();

describe('a file', () => {
	it('goes with a message, without a text of its own, once', async () => {
		const { id, path } = await upload(visitor);
		const message_id = uuidv7();
		const [first, again] = [await send([id], '', message_id), await send([id], '', message_id)];
		expect(first.error).toBeNull();
		expect(again.data).toEqual(first.data);
		expect((first.data as unknown as Message).attachments).toEqual([
			{
				id,
				path,
				name: 'notes.txt',
				content_type: 'text/plain',
				size_bytes: 11,
				width: null,
				height: null,
				status: 'ready'
			}
		]);
		const [row] = await sql`
			select last_message_preview as preview from public.conversations where id = ${conversation_id}`;
		expect(row).toEqual({ preview: 'notes.txt' });
		expect((await send([id])).error?.message).toBe('attachment_not_ready');
	});

	it('is downloaded by the visitor and the team, by nobody else', async () => {
		const { id, path } = await upload(visitor);
		await send([id]).throwOnError();
		const other = await tenant.addVisitor();
		expect(await download(visitor, path)).toBe('the content');
		expect(await download(operator, path)).toBe('the content');
		for (const by of [other, stranger, connect(backend)]) {
			expect(await download(by, path)).toBeUndefined();
		}
		const signed = await operator.client.storage.from('attachments').createSignedUrl(path, 60);
		expect(await (await fetch(signed.data?.signedUrl ?? '')).text()).toBe('the content');
		expect((await stranger.client.storage.from('attachments').createSignedUrl(path, 60)).data).toBe(
			null
		);
	});

	it('of a private note is not the visitor’s', async () => {
		const { id, path } = await upload(operator);
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id: uuidv7(),
				body: '',
				seen_seq: 1,
				visibility: 'team',
				attachment_ids: [id]
			})
			.throwOnError();
		expect(await download(operator, path)).toBe('the content');
		expect(await download(visitor, path)).toBeUndefined();
		expect((await visitor.client.from('attachments').select('id')).data).toEqual([]);
	});

	it('is not sent before it is there, by another, or into another conversation', async () => {
		const { data: pending } = await prepare(visitor).throwOnError();
		expect((await send([pending.id])).error?.message).toBe('attachment_not_ready');
		const theirs = await upload(operator);
		expect((await send([theirs.id])).error?.message).toBe('attachment_not_ready');
		const mine = await upload(visitor);
		conversation_id = uuidv7();
		await visitor.client
			.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Another' })
			.throwOnError();
		expect((await send([mine.id])).error?.message).toBe('attachment_not_ready');
		expect((await send([])).error?.message).toBe('message_empty');
	});

	it.each([
		['too large', { size_bytes: 10485761 }, 'file_too_large'],
		['empty', { size_bytes: 0 }, 'file_too_large'],
		['without a name', { name: ' ' }, 'invalid_input'],
		['of no type', { content_type: 'x' }, 'invalid_input']
	])('%s is refused', async (_, args, code) => {
		expect((await prepare(visitor, args)).error?.message).toBe(code);
	});

	it('is registered once per id, and only by who may write there', async () => {
		const attachment_id = uuidv7();
		const both = [
			await prepare(visitor, { attachment_id }),
			await prepare(visitor, { attachment_id })
		];
		expect(both[1]?.data).toEqual(both[0]?.data);
		expect((await prepare(operator, { attachment_id })).error?.message).toBe('id_conflict');
		expect((await prepare(stranger)).error?.message).toBe('conversation_not_found');
		expect((await prepare({ ...visitor, client: connect(backend) })).error?.message).toBe(
			'session_required'
		);
	});

	it('cannot be put into the bucket by anybody but the service', async () => {
		const { data } = await prepare(visitor).throwOnError();
		for (const by of [visitor, operator]) {
			const { error } = await by.client.storage.from('attachments').upload(data.path, bytes);
			expect(error).not.toBeNull();
		}
	});
});
