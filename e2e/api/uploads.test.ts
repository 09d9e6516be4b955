import { uuidv7 } from '@chatiq/contracts/ids';
import { maxFileBytes } from '@chatiq/contracts/upload';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectService, connectSql } from '../support/backend.ts';
import * as corpus from '../support/corpus.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';
import { inspectFile, storeFile, tokenOf } from '../support/upload.ts';

const backend = inject('backend');
const service = connectService(backend);
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Uploads');
	operator = await tenant.addMember('operator');
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});
afterAll(() => sql.end());

/** What becomes of a file that the operator sends: operators have no rate limit. */
async function upload(name: string, bytes: Uint8Array) {
	const sent = await storeFile(operator, { conversation_id, name, bytes });
	return { sent, ...(await inspectFile(backend, operator.token, sent.id)) };
}
const refusalOf = async (name: string, bytes: Uint8Array) => (await upload(name, bytes)).refused;
async function stored(path: string): Promise<Buffer> {
	const { data, error } = await service.storage.from('attachments').download(path);
	if (error) throw error;
	return Buffer.from(await data.arrayBuffer());
}

describe('what passes', () => {
	it.concurrent.each([
		['a.jpg', corpus.jpeg(), 'image/jpeg', 16, 8],
		['a.png', corpus.png(), 'image/png', 3, 2],
		['a.gif', corpus.gif(), 'image/gif', 1, 1],
		['a.webp', corpus.webp(), 'image/webp', 20, 10],
		['a.pdf', corpus.pdf('/Type/Catalog'), 'application/pdf', null, null],
		['a.pdf', corpus.pdf('/Type/Catalog', '3 0 <</Type/Page>>'), 'application/pdf', null, null],
		['a.txt', Buffer.from('Привіт'), 'text/plain', null, null],
		['a.csv', Buffer.from('a,b\n1,<b>'), 'text/csv', null, null],
		['a.doc', corpus.compoundFile('Root Entry', 'WordDocument'), 'application/msword', null, null],
		[
			'a.docx',
			corpus.docx(),
			'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
			null,
			null
		]
	])('%s (%#)', async (name, bytes, content_type, width, height) => {
		const file = await upload(name, bytes);
		expect(file).toMatchObject({ status: 'ready', name, content_type, width, height });
		expect((await stored(file.sent.path)).length).toBe(file.size_bytes);
	});

	it('gets an ending that tells the truth', async () => {
		expect(await upload('photo.png', corpus.jpeg())).toMatchObject({ name: 'photo.jpg' });
		expect(await upload('no ending', corpus.gif())).toMatchObject({ name: 'no ending.gif' });
	});

	it.concurrent.each([
		['Excel‮fdp.docx', 'Excelfdp.docx'],
		['../../etc/passwd.docx', 'passwd.docx'],
		['C:\\Users\\a\\b.docx', 'b.docx'],
		['a\u0007b\u200bc.docx', 'abc.docx'],
		['<img src=x onerror="1">.docx', '_img src=x onerror=_1__.docx'],
		['con.docx', '_con.docx'],
		['...docx', 'docx.docx'],
		[`${'ї'.repeat(160)}.docx`, `${'ї'.repeat(115)}.docx`]
	])('has its name cleaned: %j', async (name, cleaned) => {
		expect((await upload(name, corpus.docx())).name).toBe(cleaned);
	});

	it('is what it was for a second call, and for two at once', async () => {
		const sent = await storeFile(operator, { conversation_id, name: 'a.png', bytes: corpus.png() });
		const look = () => inspectFile(backend, operator.token, sent.id);
		const answers = [...(await Promise.all([look(), look()])), await look()];
		for (const answer of answers) expect(answer).toMatchObject({ id: sent.id, status: 'ready' });
	});
});

describe('what pictures tell besides', () => {
	it('place, camera and comments are gone from a JPEG, its orientation is not', async () => {
		const bytes = corpus.jpeg({ orientation: 6, trailing: '<script>alert(1)</script>' });
		expect(bytes.includes('GPS')).toBe(true);
		const { sent, width, height } = await upload('phone.jpg', bytes);
		const kept = await stored(sent.path);
		for (const secret of ['GPS', 'xmpmeta', 'comment', 'script']) {
			expect(kept.includes(secret), secret).toBe(false);
		}
		expect(kept.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
		expect(kept.includes(Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]))).toBe(true);
		// As it will stand on the screen.
		expect([width, height]).toEqual([8, 16]);
	});

	it('of PNG and WebP as well', async () => {
		const extra = [
			corpus.pngChunk('tEXt', Buffer.from('Location\0GPS')),
			corpus.pngChunk('eXIf', corpus.exif(1))
		];
		const drawn = await upload(
			'a.png',
			Buffer.concat([corpus.png(3, 2, extra), Buffer.from('PK')])
		);
		expect(await stored(drawn.sent.path)).toEqual(corpus.png());
		const shot = await upload('a.webp', corpus.webp());
		const kept = await stored(shot.sent.path);
		expect(kept.includes('GPS')).toBe(false);
		expect(kept.readUInt32LE(4)).toBe(kept.length - 8);
		// The header no longer promises what is gone.
		expect(kept[20]).toBe(0);
	});

	it('a picture that is a script too is a picture afterwards', async () => {
		const { sent, status } = await upload('both.gif', corpus.gifScript());
		expect(status).toBe('ready');
		expect((await stored(sent.path)).includes('alert')).toBe(false);
	});
});

describe('what does not pass', () => {
	const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
	const html = '<!doctype html><script>alert(1)</script>';
	const macro = { name: 'word/vbaProject.bin', content: 'x' };
	const template = {
		name: 'word/_rels/settings.xml.rels',
		content: '<Relationship TargetMode="External" Target="http://evil.test/t.dotm"/>'
	};
	it.concurrent.each([
		['SVG', 'a.svg', Buffer.from(svg)],
		['SVG called text', 'a.txt', Buffer.from(`<?xml version="1.0"?>${svg}`)],
		['HTML called PNG', 'a.png', Buffer.from(html)],
		['HTML called text', 'a.txt', Buffer.from(`\ufeff \n<!-- x --><HTML>${html}`)],
		['a script', 'a.js', Buffer.from('alert(1)')],
		['a program called JPEG', 'a.jpg', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)])],
		['an ELF program', 'a.txt', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(200)])],
		['PDF with a script', 'a.pdf', corpus.pdf('/OpenAction<</S/JavaScript/JS(app.alert(1))>>')],
		['PDF with an escaped script', 'a.pdf', corpus.pdf('/OpenAction<</S/J#61vaScript>>')],
		['PDF with a hidden script', 'a.pdf', corpus.pdf('/Type/Catalog', '3 0 <</S/JavaScript>>')],
		['PDF that starts programs', 'a.pdf', corpus.pdf('/OpenAction<</S/Launch/F(cmd.exe)>>')],
		['DOCM', 'a.docm', corpus.docm()],
		['DOCM called DOCX', 'a.docx', corpus.docm()],
		['DOCX with macros', 'a.docx', corpus.docx(macro)],
		['DOCX with a template from elsewhere', 'a.docx', corpus.docx(template)],
		['DOCX with a password', 'a.docx', corpus.docx({ ...macro, name: 'word/x', encrypted: true })],
		['DOC with macros', 'a.doc', corpus.compoundFile('WordDocument', '_VBA_PROJECT')],
		['MSI', 'a.msi', corpus.compoundFile('Root Entry', 'Installer')],
		[
			'DOCX that unpacks to gigabytes',
			'a.docx',
			corpus.docx({ name: 'word/media/a.bin', content: 'x', unpacked: 4_000_000_000 })
		],
		['PNG of a billion pixels', 'a.png', corpus.png(40_000, 40_000)],
		['ZIP where none are allowed', 'a.zip', corpus.zip([{ name: 'a.txt', content: 'a' }])]
	])('%s', async (_, name, bytes) => {
		expect(await refusalOf(name, bytes)).toBe('file_type_refused');
	});

	it.concurrent.each([
		['JPEG', 'a.jpg', corpus.jpeg()],
		['PNG', 'a.png', corpus.png()],
		['GIF', 'a.gif', corpus.gif()],
		['WebP', 'a.webp', corpus.webp()],
		['PDF', 'a.pdf', corpus.pdf('/Type/Catalog')],
		['DOCX', 'a.docx', corpus.docx()]
	])('a %s that was cut off', async (_, name, bytes) => {
		expect(await refusalOf(name, bytes.subarray(0, bytes.length - 9))).toBe('file_damaged');
	});

	it('is refused again when asked again, takes no room, and its bytes go', async () => {
		const { sent, refused } = await upload('a.svg', Buffer.from(svg));
		expect(await inspectFile(backend, operator.token, sent.id)).toEqual({ refused });
		const { error } = await operator.client.rpc('send_operator_message', {
			conversation_id,
			message_id: uuidv7(),
			body: '',
			seen_seq: 100,
			attachment_ids: [sent.id]
		});
		expect(error?.message).toBe('attachment_not_ready');
		await expect
			.poll(async () => (await service.storage.from('incoming').exists(sent.path)).data)
			.toBe(false);
	});
});

describe('sizes', () => {
	it('ten megabytes pass, through little memory; one byte more is refused everywhere', async () => {
		const most = Buffer.alloc(maxFileBytes, 'Привіт ');
		expect(await upload('big.txt', most)).toMatchObject({ status: 'ready' });
		const more = Buffer.alloc(maxFileBytes + 1, 'a');
		await expect(
			storeFile(operator, { conversation_id, name: 'big.txt', bytes: more })
		).rejects.toThrow('file_too_large');
		const { data } = await operator.client
			.rpc('prepare_upload', {
				attachment_id: uuidv7(),
				conversation_id,
				name: 'big.txt',
				content_type: 'text/plain',
				size_bytes: 10
			})
			.throwOnError();
		const put = (body: Buffer) =>
			operator.client.storage.from('incoming').upload(data.path, new Blob([body as BlobPart]));
		expect((await put(more)).error).not.toBeNull();
		// Less than the bucket takes, but not what was announced.
		expect((await put(Buffer.from('eleven bytes'))).error).toBeNull();
		expect(await inspectFile(backend, operator.token, data.id)).toEqual({
			refused: 'file_damaged'
		});
	});

	it('an organisation has a quota, which removed files free again', async () => {
		const small = await createTenant(backend, sql, 'Small');
		const owner = await small.addMember('owner');
		const guest = await small.addVisitor();
		const conversation = uuidv7();
		await guest.client
			.rpc('start_conversation', {
				conversation_id: conversation,
				message_id: uuidv7(),
				body: 'Hello'
			})
			.throwOnError();
		const bytes = corpus.png();
		await sql`update public.organizations set storage_quota_bytes = ${bytes.length * 2}
			where id = ${small.organization}`;
		const send = () => storeFile(owner, { conversation_id: conversation, name: 'a.png', bytes });
		const usage = async () =>
			(await owner.client.rpc('get_storage_usage', { organization_id: small.organization })).data;
		const results = await Promise.allSettled([send(), send(), send()]);
		const failed = results.filter((result) => result.status === 'rejected');
		expect(failed.map(({ reason }) => (reason as Error).message)).toEqual(['quota_exceeded']);
		expect(await usage()).toEqual({
			used_bytes: bytes.length * 2,
			quota_bytes: bytes.length * 2
		});
		const [first] = results.flatMap((result) =>
			result.status === 'fulfilled' ? [result.value] : []
		);
		await owner.client.rpc('discard_upload', { attachment_id: first?.id ?? '' }).throwOnError();
		expect(await usage()).toMatchObject({ used_bytes: bytes.length });
		await expect(send()).resolves.toBeDefined();
	});
});

describe('who may', () => {
	it('a visitor stores its own bytes once, and has them looked at', async () => {
		const sent = await storeFile(visitor, { conversation_id, name: 'a.png', bytes: corpus.png() });
		const other = await tenant.addVisitor();
		for (const by of [other, visitor, operator]) {
			const { error } = await by.client.storage.from('incoming').upload(sent.path, new Blob(['x']));
			expect(error).not.toBeNull();
			expect((await by.client.storage.from('incoming').download(sent.path)).error).not.toBeNull();
		}
		expect(await inspectFile(backend, tokenOf(other), sent.id)).toEqual({
			refused: 'upload_not_found'
		});
		expect(await inspectFile(backend, 'nonsense', sent.id)).toEqual({
			refused: 'session_required'
		});
		expect(await inspectFile(backend, tokenOf(visitor), sent.id)).toMatchObject({
			status: 'ready'
		});
	});

	it('bytes that are not there yet can be sent again', async () => {
		const { data } = await visitor.client
			.rpc('prepare_upload', {
				attachment_id: uuidv7(),
				conversation_id,
				name: 'a.png',
				content_type: 'image/png',
				size_bytes: corpus.png().length
			})
			.throwOnError();
		const look = () => inspectFile(backend, tokenOf(visitor), data.id);
		expect(await look()).toEqual({ refused: 'upload_incomplete' });
		await visitor.client.storage
			.from('incoming')
			.upload(data.path, new Blob([corpus.png() as BlobPart]));
		expect(await look()).toMatchObject({ status: 'ready' });
	});

	it('a site decides what may be sent', async () => {
		const second = await createTenant(backend, sql, 'Strict');
		const owner = await second.addMember('owner');
		const guest = await second.addVisitor();
		const conversation = uuidv7();
		await guest.client
			.rpc('start_conversation', {
				conversation_id: conversation,
				message_id: uuidv7(),
				body: 'Hello'
			})
			.throwOnError();
		const allow = (file_kinds: ('archive' | 'image')[]) =>
			owner.client
				.from('widget_settings')
				.update({ file_kinds })
				.eq('site_id', second.site.id)
				.throwOnError();
		const send = async (name: string, bytes: Buffer) => {
			const sent = await storeFile(owner, { conversation_id: conversation, name, bytes });
			return inspectFile(backend, owner.token, sent.id);
		};
		await allow(['archive']);
		const packed = corpus.zip([{ name: 'a.txt', content: 'a' }]);
		expect(await send('a.zip', packed)).toMatchObject({ content_type: 'application/zip' });
		expect(await send('a.png', corpus.png())).toEqual({ refused: 'file_type_refused' });
		await allow([]);
		await expect(send('a.zip', packed)).rejects.toThrow('file_type_refused');
	});
});

describe('links', () => {
	it('to what browsers might run only save it', async () => {
		const { sent } = await upload('a.csv', Buffer.from('a,b'));
		const { data } = await operator.client.storage
			.from('attachments')
			.createSignedUrl(sent.path, 60);
		const response = await fetch(data?.signedUrl ?? '');
		expect(response.headers.get('content-type')).toBe('application/octet-stream');
		expect(response.headers.get('x-content-type-options')).toBe('nosniff');
		const named = await fetch(`${data?.signedUrl ?? ''}&download=a.csv`);
		expect(named.headers.get('content-disposition')).toContain('attachment');
		await Promise.all([response.text(), named.text()]);
	});
});
