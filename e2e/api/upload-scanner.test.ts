import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import * as corpus from '../support/corpus.ts';
import { byPostmark } from '../support/inbound.ts';
import { createTenant, type Person, type Visitor } from '../support/tenant.ts';
import { inspectFile, storeFile, tokenOf } from '../support/upload.ts';

const backend = inject('backend');
const service = connectService(backend);
let sql: postgres.Sql;
let scanner: Server;
/** What the scanner answers; null: it is broken. */
let verdict: string | null;
let scanned: { bytes: Buffer; authorization: string | undefined }[] = [];
let operator: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	scanner = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			scanned.push({ bytes: Buffer.concat(parts), authorization: request.headers.authorization });
			response.statusCode = verdict === null ? 503 : 200;
			response.end(JSON.stringify({ status: verdict }));
		});
	});
	await new Promise<void>((resolve) => scanner.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(scanner.address() as AddressInfo).port}/scan`;
	await sql`insert into private.settings (key, value)
		values ('upload_scanner_url', ${url}), ('upload_scanner_token', 'scan-token')`;
	const tenant = await createTenant(backend, sql, 'Scanned');
	operator = await tenant.addMember('operator');
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});
afterAll(async () => {
	await sql`delete from private.settings where key like 'upload_scanner%'`;
	await sql.end();
	// The worker keeps its connections open, and closing would wait for them.
	scanner.closeAllConnections();
	await new Promise((resolve) => scanner.close(resolve));
});

async function upload(answer: string | null) {
	[verdict, scanned] = [answer, []];
	const bytes = corpus.jpeg({ orientation: 6 });
	const sent = await storeFile(visitor, { conversation_id, name: 'a.jpg', bytes });
	return { sent, ...(await inspectFile(backend, tokenOf(visitor), sent.id)) };
}

/** Sends it off while nobody knows yet what it is. */
async function sendQuarantined() {
	const { sent, status } = await upload(null);
	expect(status).toBe('quarantined');
	const { data } = await visitor.client
		.rpc('send_visitor_message', {
			conversation_id,
			message_id: uuidv7(),
			body: 'What is this?',
			attachment_ids: [sent.id]
		})
		.throwOnError();
	const fileState = async (by: Visitor | Person) => {
		const { data: message } = await by.client
			.from('messages')
			.select('attachments')
			.eq('id', data.id)
			.single()
			.throwOnError();
		return (message as unknown as Message).attachments[0]?.status;
	};
	const readable = async (by: Visitor | Person) =>
		(await by.client.storage.from('attachments').download(sent.path)).error === null;
	return { sent, fileState, readable };
}
const recheck = () => sql`select app.recheck_quarantined_files()`;

describe('a scanner', () => {
	it('sees the bytes as they will be sent, with its token', async () => {
		expect((await upload('clean')).status).toBe('ready');
		expect(scanned).toHaveLength(1);
		expect(scanned[0]?.authorization).toBe('Bearer scan-token');
		expect(scanned[0]?.bytes.includes('GPS')).toBe(false);
	});

	it('keeps out what it finds infected', async () => {
		expect((await upload('infected')).refused).toBe('file_infected');
	});

	it.each([['pending'], ['nonsense'], [null]])(
		'that says %j has not said clean',
		async (answer) => {
			expect((await upload(answer)).status).toBe('quarantined');
		}
	);

	it('that is away holds a file in quarantine, before both sides, until it has looked', async () => {
		const { fileState, readable } = await sendQuarantined();
		for (const by of [visitor, operator]) {
			expect(await fileState(by)).toBe('quarantined');
			expect(await readable(by)).toBe(false);
		}
		verdict = 'clean';
		await recheck();
		for (const by of [visitor, operator]) {
			await expect.poll(() => fileState(by), { timeout: 20_000 }).toBe('ready');
			expect(await readable(by)).toBe(true);
		}
	});

	it('holds files that came by e-mail as well', async () => {
		verdict = null;
		const [address] = await sql<{ token: string }[]>`
			select app.open_reply_address(c, null) as token from public.conversations as c where c.id = ${conversation_id}`;
		const outcomes = await byPostmark(backend, {
			...{ from: 'ann@people.test', to: `reply+${address?.token}@reply.localhost`, text: 'Photo' },
			files: [{ name: 'a.jpg', type: 'image/jpeg', bytes: corpus.jpeg() }]
		});
		expect(outcomes).toEqual(['stored']);
		const [message] = await sql`select attachments from public.messages
			where conversation_id = ${conversation_id} and body = 'Photo'`;
		expect(message?.['attachments']).toMatchObject([{ name: 'a.jpg', status: 'quarantined' }]);
	});

	it('that finds something later has it taken away from a message', async () => {
		const { sent, fileState, readable } = await sendQuarantined();
		verdict = 'infected';
		await recheck();
		for (const by of [visitor, operator]) {
			await expect.poll(() => fileState(by), { timeout: 20_000 }).toBe('removed');
			expect(await readable(by)).toBe(false);
		}
		await expect
			.poll(async () => (await service.storage.from('incoming').exists(sent.path)).data)
			.toBe(false);
	});
});

it('bytes that no file has are swept', async () => {
	const path = `${uuidv7()}/${uuidv7()}`;
	for (const bucket of ['incoming', 'attachments']) {
		await service.storage.from(bucket).upload(path, new Blob(['x']));
	}
	const count = async () =>
		Number((await sql`select count(*) from storage.objects where name = ${path}`)[0]?.['count']);
	await sql`select app.queue_orphan_files()`;
	expect(await count()).toBe(2);
	await sql`update storage.objects set created_at = now() - interval '2 days' where name = ${path}`;
	await sql`select app.queue_orphan_files()`;
	await expect.poll(count, { timeout: 20_000 }).toBe(0);
});
