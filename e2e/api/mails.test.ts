import { uuidv7 } from '@chatiq/contracts/ids';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { enqueue, passTime, storedJob } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import {
	createPerson,
	createTenant,
	origin,
	type Person,
	type Tenant,
	type Visitor
} from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let operator: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Mail & Sons');
	admin = await tenant.addMember('admin');
	operator = await tenant.addMember('operator');
});
afterAll(() => sql.end());

interface Talk {
	id: string;
	visitor: Visitor;
	email: string;
}

async function startTalk({
	language = 'en',
	page = `${origin}/pricing`,
	name = 'Ann <b>'
} = {}): Promise<Talk> {
	const visitor = await tenant.addVisitor();
	const [id, email] = [uuidv7(), `${crypto.randomUUID()}@visitors.test`];
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: id,
			message_id: uuidv7(),
			body: 'Hello <script>alert(1)</script>',
			visitor: { name, email, language, page_url: page }
		})
		.throwOnError();
	return { id, visitor, email };
}

const answer = (
	{ id }: Talk,
	body: string,
	seen_seq: number,
	visibility: 'public' | 'team' = 'public'
) =>
	operator.client
		.rpc('send_operator_message', {
			conversation_id: id,
			message_id: uuidv7(),
			body,
			seen_seq,
			visibility
		})
		.throwOnError();

/** Nothing waits any more, however long: what has not come by now does not come. */
async function allDone(): Promise<void> {
	const jobsLeft = async () => {
		await passTime(sql, tenant.organization);
		const [left] = await sql<{ count: number }[]>`
			select count(*)::integer from private.jobs
			where organization_id = ${tenant.organization} and finished_at is null and dead_at is null`;
		return left?.count;
	};
	await expect.poll(jobsLeft, { interval: 100 }).toBe(0);
}

async function oneClick(email: string): Promise<number> {
	const [mail] = await mailsTo(backend, email);
	const token = /\/unsubscribe\/(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
	const url = `${backend.url}/functions/v1/unsubscribe?token=${token}`;
	expect((await fetch(url)).status).toBe(405);
	const forged = await fetch(url.replace(/.{3}$/, 'xyz'), { method: 'POST' });
	expect(forged.status).toBe(404);
	return (await fetch(url, { method: 'POST', body: 'List-Unsubscribe=One-Click' })).status;
}

it('an invitation arrives with a link of its own, in the language of whoever invited', async () => {
	const guest = await createPerson(backend);
	await admin.client.from('profiles').update({ language: 'uk' }).eq('id', admin.id).throwOnError();
	await admin.client
		.rpc('invite_member', {
			invitation_id: uuidv7(),
			organization_id: tenant.organization,
			email: guest.email,
			role: 'operator'
		})
		.throwOnError();
	await expect.poll(() => mailsTo(backend, guest.email)).toHaveLength(1);
	const [mail] = await mailsTo(backend, guest.email);
	expect(mail?.subject).toBe('Запрошення до Mail & Sons у ChatIQ');
	expect(mail?.html).toContain('Mail &amp; Sons');
	const token = /\/invitation\/(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
	const { data } = await guest.client.rpc('accept_invitation', { token }).throwOnError();
	expect(data).toMatchObject({ user_id: guest.id, role: 'operator' });
});

it('a transcript holds what both sides wrote and no private note', async () => {
	const talk = await startTalk({ language: 'uk' });
	await answer(talk, 'Good day', 1);
	await answer(talk, 'A secret note', 2, 'team');
	const to = `${crypto.randomUUID()}@visitors.test`;
	await enqueue(sql, {
		kind: 'send_transcript',
		organization: tenant.organization,
		payload: { conversation_id: talk.id, email: to, language: 'uk' }
	});
	await expect.poll(() => mailsTo(backend, to)).toHaveLength(1);
	const [mail] = await mailsTo(backend, to);
	expect(mail?.subject).toBe('Ваша розмова з Mail & Sons');
	expect(mail?.text).toContain('Good day');
	expect(mail?.text).toContain('<script>alert(1)</script>');
	expect(mail?.html).toContain('&lt;script&gt;');
	expect(mail?.html).not.toMatch(/<script|<img|secret/i);
	expect(mail?.text).not.toContain('secret');
});

it('an address that would be two, or a header, gets nothing', async () => {
	const talk = await startTalk();
	for (const email of ['a@x.test,b@x.test', 'a@x.test\r\nBcc: b@x.test', '"a"<b@x.test>']) {
		const id = await enqueue(sql, {
			kind: 'send_transcript',
			organization: tenant.organization,
			payload: { conversation_id: talk.id, email }
		});
		await expect.poll(() => storedJob(sql, id)).toMatchObject({ state: 'dead', attempts: 1 });
	}
	expect(await mailsTo(backend, 'b@x.test')).toEqual([]);
});

describe('an unread answer', () => {
	it('follows by mail once with all that was written, and again only for what is new', async () => {
		const talk = await startTalk();
		await answer(talk, 'First answer', 1);
		await answer(talk, 'Second answer', 2);
		await allDone();
		const [mail, ...more] = await mailsTo(backend, talk.email);
		expect(more).toEqual([]);
		expect(mail?.subject).toBe('Mail & Sons answered you');
		expect(mail?.text).toMatch(/First answer[^]*Second answer/);
		expect(mail?.text).toContain(`${origin}/pricing`);
		await answer(talk, 'Third answer', 3);
		await allDone();
		const [, again] = await mailsTo(backend, talk.email);
		expect(again?.text).toContain('Third answer');
		expect(again?.text).not.toContain('Second answer');
	});

	it('that is read in time does not', async () => {
		const talk = await startTalk();
		await answer(talk, 'Read at once', 1);
		await talk.visitor.client.rpc('mark_read', { conversation_id: talk.id, seq: 2 }).throwOnError();
		await allDone();
		expect(await mailsTo(backend, talk.email)).toEqual([]);
	});

	it('leads to pages of the site only', async () => {
		const talk = await startTalk({ page: 'https://phishing.test/login' });
		await answer(talk, 'Hello', 1);
		await allDone();
		const [mail] = await mailsTo(backend, talk.email);
		expect(mail?.text).not.toContain('phishing');
		expect(mail?.text).toContain(`${origin}/`);
	});

	it('is not mailed to whoever wants no more', async () => {
		const talk = await startTalk();
		await answer(talk, 'One', 1);
		await allDone();
		expect(await oneClick(talk.email)).toBe(200);
		await answer(talk, 'Two', 2);
		await allDone();
		expect(await mailsTo(backend, talk.email)).toHaveLength(1);
	});
});

describe('a missed chat', () => {
	it('is told to those who answer on the site, once each, with a link', async () => {
		await admin.client
			.from('profiles')
			.update({ language: 'uk' })
			.eq('id', admin.id)
			.throwOnError();
		const before = await mailsTo(backend, operator.email);
		const talk = await startTalk({ name: 'Ann\r\nBcc: everybody@x.test' });
		await allDone();
		const mails = (await mailsTo(backend, operator.email)).slice(before.length);
		const mine = mails.filter((mail) => mail.text.includes(talk.id));
		expect(mine).toHaveLength(1);
		expect(mine[0]?.text).toContain(`${backend.url}/inbox/${talk.id}`);
		expect(mine[0]?.html).toContain('&lt;script&gt;');
		const theirs = (await mailsTo(backend, admin.email)).filter(({ text }) =>
			text.includes(talk.id)
		);
		expect(theirs.map((mail) => mail.subject)).toEqual([expect.stringContaining('чекає')]);
		const { data } = await operator.client
			.from('notifications')
			.select('kind')
			.eq('conversation_id', talk.id)
			.order('kind');
		// That somebody begins to wait, and that nobody came.
		expect(data).toEqual([{ kind: 'new_conversation' }, { kind: 'missed_chat' }]);
		expect(await mailsTo(backend, 'everybody@x.test')).toEqual([]);
	});

	it('that was answered in time is none', async () => {
		const talk = await startTalk();
		await answer(talk, 'At once', 1);
		await allDone();
		const mails = await mailsTo(backend, operator.email);
		expect(mails.filter((mail) => mail.text.includes(talk.id))).toEqual([]);
	});

	it('is not mailed to an operator who wants no more', async () => {
		const quiet = await tenant.addMember('operator');
		await startTalk();
		await allDone();
		await expect.poll(() => mailsTo(backend, quiet.email)).toHaveLength(1);
		expect(await oneClick(quiet.email)).toBe(200);
		await startTalk();
		await allDone();
		expect(await mailsTo(backend, quiet.email)).toHaveLength(1);
	});
});
