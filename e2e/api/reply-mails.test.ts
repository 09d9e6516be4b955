import { uuidv7 } from '@chatiq/contracts/ids';
import type { Message } from '@chatiq/contracts/message';
import { maxFileBytes } from '@chatiq/contracts/upload';
import { createTransport } from 'nodemailer';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import * as corpus from '../support/corpus.ts';
import {
	byMailgun,
	byPostmark,
	postToMailgun,
	postToPostmark,
	postToResend
} from '../support/inbound.ts';
import { passTime } from '../support/jobs.ts';
import { mailsTo, type ReceivedMail } from '../support/mailbox.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Answers');
	admin = await tenant.addMember('admin');
	operator = await tenant.addMember('operator');
});
afterAll(() => sql.end());

interface Talk {
	id: string;
	visitor: Visitor;
	email: string;
}

async function startTalk({ language = 'en' } = {}): Promise<Talk> {
	const visitor = await tenant.addVisitor();
	const [id, email] = [uuidv7(), `${randomUUID()}@visitors.test`];
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: id,
			message_id: uuidv7(),
			body: 'Hello',
			visitor: { name: 'Ann', email, language }
		})
		.throwOnError();
	return { id, visitor, email };
}

const answer = ({ client }: Person, { id }: Talk, body: string) =>
	client
		.rpc('send_operator_message', { conversation_id: id, message_id: uuidv7(), body, seen_seq: 99 })
		.throwOnError();

async function mailAbout(
	address: string,
	wanted: (mail: ReceivedMail) => boolean
): Promise<ReceivedMail> {
	const find = async () => {
		await passTime(sql, tenant.organization);
		return (await mailsTo(backend, address)).find(wanted);
	};
	await expect.poll(find, { interval: 100 }).toBeDefined();
	const mail = await find();
	if (!mail) throw new Error('no mail');
	return mail;
}

/** The address to which the visitor answers. */
async function offlineMail(talk: Talk): Promise<{ mail: ReceivedMail; to: string }> {
	await answer(operator, talk, 'We are open until six');
	const mail = await mailAbout(talk.email, ({ text }) => text.includes('until six'));
	return { mail, to: mail.replyTo ?? '' };
}

async function missedMail(
	talk: Talk,
	person = operator
): Promise<{ mail: ReceivedMail; to: string }> {
	const mail = await mailAbout(person.email, ({ text }) => text.includes(talk.id));
	return { mail, to: mail.replyTo ?? '' };
}

interface Line {
	author_kind: string;
	author_id: string | null;
	visibility: string;
	body: string;
}

const linesOf = async ({ id }: Talk) => sql<Line[]>`
	select author_kind, author_id, visibility, body from public.messages
	where conversation_id = ${id} and author_kind <> 'system' order by seq`;

const quoted = ({ text }: ReceivedMail) =>
	`On Sat, Nov 21, 2026 at 2:05 PM Answers <chat@localhost> wrote:\n\n${text.replace(/^/gm, '> ')}`;

it('a visitor answers by e-mail, and the answer is a message, once', async () => {
	const talk = await startTalk();
	const { mail, to } = await offlineMail(talk);
	expect(to).toMatch(/^reply\+[0-9a-f]{40}@reply\.localhost$/);
	expect(to).not.toContain(talk.id);
	const written = {
		from: talk.email,
		to: to.toUpperCase(),
		text: `Thank you, I come at five.\n\n-- \nAnn\n\n${quoted(mail)}`,
		id: '<once@mail.test>'
	};
	expect(await byPostmark(backend, written)).toEqual(['stored']);
	expect(await byPostmark(backend, written)).toEqual(['repeated']);
	expect(await byMailgun(backend, written)).toEqual(['repeated']);
	expect((await linesOf(talk)).at(-1)).toMatchObject({
		author_kind: 'visitor',
		visibility: 'public',
		body: 'Thank you, I come at five.'
	});
	expect(await linesOf(talk)).toHaveLength(3);
	// It waits like every word of a visitor, and their other windows show it.
	const { data } = await operator.client
		.from('conversations')
		.select('status, waiting_since, last_message_preview')
		.eq('id', talk.id)
		.single()
		.throwOnError();
	expect(data).toMatchObject({ status: 'open', waiting_since: expect.any(String) as string });
});

describe('files of a mail', () => {
	const photo = {
		name: 'IMG\u202egpj.1.jpg',
		type: 'image/jpeg',
		bytes: corpus.jpeg({ orientation: 6 })
	};
	const filesOf = async (talk: Talk, { client }: Person | Visitor) => {
		const { data } = await client
			.rpc('messages_after', { conversation_id: talk.id, after_seq: 2 })
			.throwOnError();
		return (data as unknown as Message[]).map(({ body, attachments }) => ({ body, attachments }));
	};

	it('go where those of the apps go, once, and what is refused is named with its reason', async () => {
		const talk = await startTalk();
		const { mail, to } = await offlineMail(talk);
		const written = {
			...{ from: talk.email, to, text: `Here\n[image: pasted.png]\n\n${quoted(mail)}` },
			html: '<p>Here <img src="cid:p1@x"></p><div class="gmail_signature"><img src="cid:logo@x">',
			files: [
				photo,
				{ name: 'map.pdf', type: 'application/pdf', bytes: corpus.pdf('/Type/Catalog') },
				{
					name: 'invoice.pdf',
					type: 'application/pdf',
					bytes: corpus.pdf('/JS(app.alert)/S/JavaScript')
				},
				{ name: 'setup.exe', type: 'image/png', bytes: Buffer.from('MZ\0\0 not a picture') },
				{ name: 'big.txt', type: 'text/plain', bytes: Buffer.alloc(maxFileBytes + 1, 'a') },
				{ name: 'pasted.png', type: 'image/png', bytes: corpus.png(), contentId: 'p1@x' },
				{ name: 'logo.png', type: 'image/png', bytes: corpus.png(), contentId: 'logo@x' }
			]
		};
		const id = '<files@mail.test>';
		// At the same time, and by two providers.
		const outcomes = await Promise.all([
			byPostmark(backend, { ...written, id }),
			byPostmark(backend, { ...written, id }),
			byMailgun(backend, { ...written, id })
		]);
		expect(outcomes.flat().sort()).toEqual(['repeated', 'repeated', 'stored']);
		const [message, ...more] = await filesOf(talk, operator);
		expect(more).toEqual([]);
		expect(message?.body).toBe(
			'Here\n\n[Not passed on: invoice.pdf (such files are not accepted here), setup.exe (such files are not accepted here), big.txt (larger than 10 MB)]'
		);
		expect(message?.attachments).toMatchObject([
			{ name: 'IMGgpj.1.jpg', content_type: 'image/jpeg', status: 'ready', width: 8 },
			{ name: 'map.pdf', status: 'ready' },
			{ name: 'pasted.png', status: 'ready' }
		]);
		for (const { client } of [operator, talk.visitor]) {
			const file = await client.storage
				.from('attachments')
				.download(message?.attachments[0]?.path ?? '');
			const bytes = Buffer.from((await file.data?.arrayBuffer()) ?? new ArrayBuffer(0));
			expect(bytes.length).toBeGreaterThan(0);
			expect(bytes.includes('GPS')).toBe(false);
		}
		const stored = await sql`select from public.attachments
			where conversation_id = ${talk.id} and status <> 'removed'`;
		expect(stored).toHaveLength(3);
	});

	it('need no words; as a note they are for the team alone; a site that takes none names them', async () => {
		const talk = await startTalk();
		const { to } = await offlineMail(talk);
		const silent = { from: talk.email, to, text: '', files: [photo] };
		expect(await byMailgun(backend, silent)).toEqual(['stored']);
		expect(await filesOf(talk, operator)).toMatchObject([{ body: '', attachments: [{}] }]);
		const { to: late } = await missedMail(talk);
		await answer(admin, talk, 'Already here');
		const outcome = await byPostmark(backend, {
			...{ from: operator.email, to: late, text: 'See', files: [photo] }
		});
		expect(outcome).toEqual(['noted']);
		const note = (await filesOf(talk, operator)).at(-1)?.attachments[0];
		expect(
			(await operator.client.storage.from('attachments').download(note?.path ?? '')).error
		).toBeNull();
		expect(
			(await talk.visitor.client.storage.from('attachments').download(note?.path ?? '')).error
		).not.toBeNull();
		await sql`update public.widget_settings set file_kinds = '{}' where site_id = ${tenant.site.id}`;
		expect(await byPostmark(backend, silent)).toEqual(['stored']);
		await sql`update public.widget_settings set file_kinds = default where site_id = ${tenant.site.id}`;
		expect((await filesOf(talk, operator)).at(-1)).toEqual({
			body: '[Not passed on: IMGgpj.1.jpg (such files are not accepted here)]',
			attachments: []
		});
	});

	it('are not looked at when the mail will not be stored', async () => {
		const talk = await startTalk();
		const { to } = await offlineMail(talk);
		await sql`update private.reply_addresses set expires_at = now() - interval '1 second' where conversation_id = ${talk.id}`;
		const outcome = await byPostmark(backend, { from: talk.email, to, text: 'x', files: [photo] });
		expect(outcome).toEqual(['expired']);
		expect(await sql`select from public.attachments where conversation_id = ${talk.id}`).toEqual(
			[]
		);
	});
});

it('an operator answers by e-mail, and the visitor reads it', async () => {
	const talk = await startTalk();
	const { mail, to } = await missedMail(talk);
	expect(mail.text).toMatch(/^— Write your answer above this line —/);
	const written = { from: operator.email.toUpperCase(), to, text: `Good day!\n\n${quoted(mail)}` };
	expect(await byMailgun(backend, written)).toEqual(['stored']);
	const { data } = await talk.visitor.client
		.rpc('messages_after', { conversation_id: talk.id, after_seq: 1 })
		.throwOnError();
	expect(data).toMatchObject([
		{
			author_kind: 'operator',
			author_id: operator.id,
			author_name: operator.name,
			body: 'Good day!'
		}
	]);
});

it('a mail that comes through the local mailbox is an answer too', async () => {
	const talk = await startTalk({ language: 'uk' });
	const { mail, to } = await offlineMail(talk);
	expect(mail.text).toMatch(/^— Пишіть відповідь над цим рядком —/);
	const response = await fetch(`${backend.url}/status.json`);
	const port = Number(/"smtp_port":\s*(\d+)/.exec(await response.text())?.[1]);
	const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true });
	const text = `Дякую!\n\n${mail.text.replace(/^/gm, '> ')}`;
	const attachments = [{ filename: 'мапа.png', content: corpus.png() }];
	await transport.sendMail({ from: talk.email, to, subject: 'Re', text, attachments });
	await expect.poll(async () => (await linesOf(talk)).at(-1)?.body).toBe('Дякую!');
	expect(
		await sql`select name, status from public.attachments where conversation_id = ${talk.id}`
	).toEqual([{ name: 'мапа.png', status: 'ready' }]);
});

it('what a colleague was faster with is a note, not a message over theirs', async () => {
	const talk = await startTalk();
	const { to } = await missedMail(talk);
	await answer(admin, talk, 'Already here');
	expect(await byPostmark(backend, { from: operator.email, to, text: 'Too late' })).toEqual([
		'noted'
	]);
	expect((await linesOf(talk)).at(-1)).toMatchObject({
		author_kind: 'operator',
		visibility: 'team',
		body: expect.stringMatching(/^By e-mail, not sent to the visitor[^]*\n\nToo late$/) as string
	});
});

describe('nothing is stored', () => {
	const written = async () => {
		const talk = await startTalk();
		return { talk, from: talk.email, to: (await offlineMail(talk)).to, text: 'Hello again' };
	};

	it('of machines, empty mails and mails to nobody, and the answer is 200', async () => {
		const { talk, ...mail } = await written();
		const automatic = [
			{ 'Auto-Submitted': 'auto-replied' },
			{ Precedence: 'bulk' },
			{ 'X-Auto-Response-Suppress': 'All' },
			{ 'List-Unsubscribe': '<https://news.test>' },
			{ 'Return-Path': '<>' }
		];
		for (const headers of automatic)
			expect([headers, await byPostmark(backend, { ...mail, headers })]).toEqual([
				headers,
				['automatic']
			]);
		expect(await byPostmark(backend, { ...mail, from: 'MAILER-DAEMON@mx.test' })).toEqual([
			'automatic'
		]);
		expect(await byPostmark(backend, { ...mail, from: 'chat@localhost' })).toEqual(['automatic']);
		expect(await byPostmark(backend, { ...mail, subject: 'Автоматична відповідь: Re' })).toEqual([
			'automatic'
		]);
		expect(await byPostmark(backend, { ...mail, text: '\n\n-- \nAnn' })).toEqual(['empty']);
		const nobody = `reply+${'0'.repeat(40)}@reply.localhost`;
		expect(await byPostmark(backend, { ...mail, to: nobody })).toEqual(['unknown']);
		expect(await byPostmark(backend, { ...mail, to: 'sales@reply.localhost' })).toEqual([
			'unknown'
		]);
		expect(await linesOf(talk)).toHaveLength(2);
		const { data } = await admin.client
			.rpc('read_mail_counts', { organization_id: tenant.organization })
			.throwOnError();
		expect(data).toMatchObject({ automatic: 8, empty: 1 });
	});

	it('of whoever was blocked, or after the address has ended', async () => {
		const { talk, ...mail } = await written();
		const { data } = await operator.client
			.from('conversations')
			.select('visitor_id')
			.eq('id', talk.id)
			.single();
		await sql`update private.reply_addresses set expires_at = now() - interval '1 second' where conversation_id = ${talk.id}`;
		expect(await byPostmark(backend, mail)).toEqual(['expired']);
		await sql`update private.reply_addresses set expires_at = now() + interval '1 day' where conversation_id = ${talk.id}`;
		await operator.client
			.rpc('block_visitor', { id: randomUUID(), visitor_id: data?.visitor_id ?? '' })
			.throwOnError();
		expect(await byPostmark(backend, mail)).toEqual(['refused']);
		expect(await linesOf(talk)).toHaveLength(2);
	});

	it('of an operator who has lost the site, and of somebody who was sent their mail', async () => {
		const gone = await tenant.addMember('operator');
		const talk = await startTalk();
		const { to } = await missedMail(talk, gone);
		expect(await byPostmark(backend, { from: 'friend@people.test', to, text: 'Let me' })).toEqual([
			'wrong_sender'
		]);
		// Told to them, not to whoever tried.
		const told = await mailAbout(gone.email, ({ subject }) => subject.includes('did not arrive'));
		expect(told.text).toContain(`/inbox/${talk.id}`);
		expect(await mailsTo(backend, 'friend@people.test')).toEqual([]);
		await sql`delete from public.site_operators where user_id = ${gone.id}`;
		expect(await byPostmark(backend, { from: gone.email, to, text: 'Still me' })).toEqual([
			'refused'
		]);
		await sql`delete from public.memberships where user_id = ${gone.id}`;
		expect(await byPostmark(backend, { from: gone.email, to, text: 'And again' })).toEqual([
			'unknown'
		]);
		expect(await linesOf(talk)).toHaveLength(1);
	});

	it('when two machines answer each other without saying that they are', async () => {
		const { talk, ...mail } = await written();
		const outcomes: string[] = [];
		for (let count = 0; count < 22; count++) outcomes.push(...(await byPostmark(backend, mail)));
		expect(outcomes).toEqual([...Array<string>(20).fill('stored'), 'too_many', 'too_many']);
		expect(await linesOf(talk)).toHaveLength(22);
	});
});

it('a long mail is several messages, and no character is lost', async () => {
	const talk = await startTalk();
	const { to } = await offlineMail(talk);
	const text = Array.from({ length: 1500 }, (_, place) => `word${place}`).join(' ');
	expect(await byPostmark(backend, { from: talk.email, to, text })).toEqual(['stored']);
	const bodies = (await linesOf(talk)).slice(2).map(({ body }) => body);
	expect(bodies.length).toBeGreaterThan(2);
	expect(bodies.join(' ')).toBe(text);
});

it('takes nothing that is not signed', async () => {
	const mail = { from: 'a@x.test', to: 'b@x.test', text: 'Hello' };
	expect((await postToPostmark(backend, {}, 'guess')).status).toBe(403);
	expect((await postToMailgun(backend, mail, { key: 'guess' })).status).toBe(403);
	expect((await postToMailgun(backend, mail, { at: Date.now() - 3_600_000 })).status).toBe(403);
	const guess = Buffer.from('another secret of that length').toString('base64');
	expect((await postToResend(backend, { type: 'email.bounced', data: {} }, guess)).status).toBe(
		403
	);
	const inbound = `${backend.url}/functions/v1/inbound-mail`;
	expect((await fetch(`${inbound}/nobody`, { method: 'POST', body: '{}' })).status).toBe(404);
	expect((await fetch(`${inbound}/postmark`, { method: 'PUT' })).status).toBe(405);
	// Signed, but not what is expected; and what nobody asked for.
	expect((await postToPostmark(backend, { Hello: 1 })).status).toBe(422);
	expect((await postToPostmark(backend, { RecordType: 'Open' })).status).toBe(200);
});

it('tells admins of the organisation, and nobody else, what is set up', async () => {
	const ask = (token: string | null, organization = tenant.organization) =>
		fetch(`${backend.url}/functions/v1/inbound-mail?organization=${organization}`, {
			headers: token === null ? {} : { authorization: `Bearer ${token}` }
		});
	const told = await ask(admin.token);
	expect(await told.json()).toMatchObject({
		sending: 'smtp',
		reply_domain: 'reply.localhost',
		webhooks: ['postmark', 'mailgun', 'resend'],
		counts: { stored: expect.any(Number) as number }
	});
	expect((await ask(operator.token)).status).toBe(403);
	expect((await ask(admin.token, randomUUID())).status).toBe(404);
	expect((await ask(null)).status).toBe(401);
	expect((await ask(backend.publishableKey)).status).not.toBe(200);
});
