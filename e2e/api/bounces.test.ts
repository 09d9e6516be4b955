import { uuidv7 } from '@chatiq/contracts/ids';
import type { MailBounce } from '@chatiq/contracts/mails';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { eventByMailgun, eventByResend, postToPostmark } from '../support/inbound.ts';
import { enqueue, passTime, storedJob } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import { createTenant, type Person, type Tenant } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let other: Tenant;
let admin: Person;
let operator: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	[tenant, other] = await Promise.all([
		createTenant(backend, sql, 'Bounces'),
		createTenant(backend, sql, 'Others')
	]);
	[admin, operator] = await Promise.all([tenant.addMember('admin'), tenant.addMember('operator')]);
});
afterAll(() => sql.end());

interface Talk {
	id: string;
	visitor: string;
	email: string;
}

async function startTalk(): Promise<Talk> {
	const [id, email] = [uuidv7(), `${randomUUID()}@visitors.test`];
	const { client } = await tenant.addVisitor();
	await client
		.rpc('start_conversation', {
			...{ conversation_id: id, message_id: uuidv7(), body: 'Hello' },
			visitor: { name: 'Ann', email }
		})
		.throwOnError();
	const { data } = await operator.client
		.from('conversations')
		.select('visitor_id')
		.eq('id', id)
		.single()
		.throwOnError();
	return { id, visitor: data.visitor_id, email };
}

async function sendTranscript({ id, email }: Talk): Promise<string> {
	const job = await enqueue(sql, {
		kind: 'send_transcript',
		organization: tenant.organization,
		payload: { conversation_id: id, email }
	});
	await expect
		.poll(async () => {
			await passTime(sql, tenant.organization);
			return (await storedJob(sql, job))?.state;
		})
		.toMatch(/done|dead/);
	return job;
}

async function bouncesOf(person = admin): Promise<MailBounce[]> {
	const { data } = await person.client
		.rpc('list_bounces', { organization_id: tenant.organization })
		.throwOnError();
	return data as unknown as MailBounce[];
}

const bounceOf = async ({ email }: Talk) =>
	(await bouncesOf()).find((bounce) => bounce.email === email);

const failed = (email: string, key: string) => ({
	event: 'failed',
	severity: 'permanent',
	reason: 'bounce',
	recipient: email,
	'delivery-status': { code: 550, message: `5.1.1 <${email}> does not exist` },
	message: { headers: { 'message-id': `${key}@localhost` } },
	'user-variables': { key }
});

it('mail that bounced stops all further mail to the address, until somebody lifts it', async () => {
	const talk = await startTalk();
	const job = await sendTranscript(talk);
	expect(await mailsTo(backend, talk.email)).toHaveLength(1);
	expect(await eventByMailgun(backend, failed(talk.email.toUpperCase(), job))).toEqual(['bounce']);
	const known = await bounceOf(talk);
	expect(known).toMatchObject({
		kind: 'bounce',
		reason: expect.stringContaining('5.1.1') as string
	});
	expect(known?.reason).not.toContain('@');
	// Also what the visitor asked for themselves.
	const refused = await storedJob(sql, await sendTranscript(talk));
	expect(refused).toMatchObject({ state: 'dead', attempts: 1 });
	expect(await mailsTo(backend, talk.email)).toHaveLength(1);

	const { data: seen } = await operator.client
		.rpc('visitor_bounce', { visitor_id: talk.visitor })
		.throwOnError();
	expect(seen).toMatchObject({ email: talk.email, kind: 'bounce' });
	const lift = { organization_id: tenant.organization, email: talk.email };
	expect((await operator.client.rpc('lift_bounce', lift).throwOnError()).data).toBe(true);
	expect((await operator.client.rpc('lift_bounce', lift).throwOnError()).data).toBe(false);
	await sendTranscript(talk);
	expect(await mailsTo(backend, talk.email)).toHaveLength(2);
});

it('complaints and bounces of all providers count, failures that pass do not', async () => {
	const talk = await startTalk();
	const key = await sendTranscript(talk);
	const { email } = talk;
	const soft = { ...failed(email, key), severity: 'temporary' };
	expect(await eventByMailgun(backend, soft)).toEqual([]);
	const distrusted = { ...failed(email, key), 'delivery-status': { code: 421 } };
	expect(await eventByMailgun(backend, distrusted)).toEqual([]);
	expect(await eventByMailgun(backend, { event: 'opened', recipient: email })).toEqual([]);
	const resend = (type: string, kind: string) => ({
		type,
		data: {
			email_id: randomUUID(),
			to: [email],
			tags: { key },
			bounce: { type: kind, message: 'gone' }
		}
	});
	expect(await eventByResend(backend, resend('email.bounced', 'Transient'))).toEqual([]);
	expect(await bounceOf(talk)).toBeUndefined();
	expect(await eventByResend(backend, resend('email.bounced', 'Permanent'))).toEqual(['bounce']);
	expect(await bounceOf(talk)).toMatchObject({ kind: 'bounce', reason: 'gone' });
	const complaint = {
		...{ RecordType: 'SpamComplaint', Type: 'SpamComplaint', TypeCode: 512, Email: email },
		...{ Description: 'Marked as spam', Metadata: { key } }
	};
	const response = await postToPostmark(backend, complaint);
	expect(await response.json()).toEqual({ outcomes: ['complaint'] });
	// A bounce that comes late does not make a complaint smaller.
	expect(await eventByResend(backend, resend('email.bounced', 'Permanent'))).toEqual(['bounce']);
	expect(await bounceOf(talk)).toMatchObject({ kind: 'complaint', reason: 'Marked as spam' });
});

it('a bounce is told to the organisation whose mail it was, and without a trace of it to those who know the address', async () => {
	const talk = await startTalk();
	const key = await sendTranscript(talk);
	const stranger = await other.addMember('owner');
	const [id, { client }] = [uuidv7(), await other.addVisitor()];
	const start = {
		conversation_id: id,
		message_id: uuidv7(),
		body: 'Hello',
		visitor: { email: talk.email }
	};
	await client.rpc('start_conversation', start).throwOnError();
	const theirs = async () => {
		const { data } = await stranger.client
			.rpc('list_bounces', { organization_id: other.organization })
			.throwOnError();
		return data as unknown as MailBounce[];
	};
	await eventByMailgun(backend, failed(talk.email, key));
	expect(await theirs()).toEqual([]);
	await eventByMailgun(backend, failed(talk.email, randomUUID()));
	expect(await theirs()).toMatchObject([{ email: talk.email }]);
	const nobody = await eventByMailgun(backend, failed('nobody@nowhere.test', randomUUID()));
	expect(nobody).toEqual(['unknown']);
});

it('an erased visitor leaves no address behind', async () => {
	const talk = await startTalk();
	await eventByMailgun(backend, failed(talk.email, await sendTranscript(talk)));
	expect(await bounceOf(talk)).toBeDefined();
	await admin.client.rpc('erase_visitor', { visitor_id: talk.visitor }).throwOnError();
	expect(await bounceOf(talk)).toBeUndefined();
});
