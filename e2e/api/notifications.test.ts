import { uuidv7 } from '@chatiq/contracts/ids';
import type { NotificationPage, NotificationPreferences } from '@chatiq/contracts/notifications';
import { createPublicKey, verify } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { passTime } from '../support/jobs.ts';
import { mailsTo } from '../support/mailbox.ts';
import { startPushService, type PushService } from '../support/push-service.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let service: PushService;
let tenant: Tenant;
let olena: Person;
let petro: Person;

beforeAll(async () => {
	sql = connectSql(backend);
	service = await startPushService();
	await sql`insert into private.settings (key, value) values ('push_origins', ${service.origin})
		on conflict (key) do update set value = excluded.value`;
});
afterAll(async () => {
	await sql`delete from private.settings where key = 'push_origins'`;
	await service.close();
	await sql.end();
});
beforeEach(async () => {
	tenant = await createTenant(backend, sql, 'Attention');
	[olena, petro] = await Promise.all([tenant.addMember('operator'), tenant.addMember('operator')]);
	service.status = 201;
});

interface Talk {
	id: string;
	visitor: Visitor;
}

async function startTalk(body = 'Hello', who = { name: 'Ann' } as object): Promise<Talk> {
	const visitor = await tenant.addVisitor();
	const id = uuidv7();
	await visitor.client
		.rpc('start_conversation', {
			conversation_id: id,
			message_id: uuidv7(),
			body,
			visitor: who as never
		})
		.throwOnError();
	return { id, visitor };
}

const say = ({ id, visitor }: Talk, body: string) =>
	visitor.client
		.rpc('send_visitor_message', { message_id: uuidv7(), conversation_id: id, body })
		.throwOnError();

const answer = ({ client }: Person, { id }: Talk, seen_seq: number) =>
	client
		.rpc('send_operator_message', {
			conversation_id: id,
			message_id: uuidv7(),
			body: 'Hi!',
			seen_seq
		})
		.throwOnError();

async function listOf({ client }: Person): Promise<NotificationPage> {
	const { data } = await client.rpc('list_notifications').throwOnError();
	return data as unknown as NotificationPage;
}

async function preferencesOf({ client }: Person): Promise<NotificationPreferences> {
	const { data } = await client.rpc('get_notification_preferences').throwOnError();
	return data as unknown as NotificationPreferences;
}

async function prefer(
	person: Person,
	wanted: Partial<Omit<NotificationPreferences, 'events'>> & {
		events?: Partial<NotificationPreferences['events']>;
	}
): Promise<void> {
	const now = await preferencesOf(person);
	await person.client
		.rpc('set_notification_preferences', {
			preferences: { ...now, ...wanted, events: { ...now.events, ...wanted.events } } as never
		})
		.throwOnError();
}

const stepsOf = async (person: Person) =>
	(await listOf(person)).notifications[0]?.steps.map(({ step }) => step);

async function subscribe({ client }: Person): Promise<{ id: string; endpoint: string }> {
	const subscription = service.subscribe();
	const { data } = await client
		.rpc('save_push_subscription', { ...subscription, device: 'Phone', language: 'uk' })
		.throwOnError();
	return { id: data, endpoint: subscription.endpoint };
}

describe('who is told', () => {
	it('tells everybody of a visitor who begins to wait, and counts later words in the same line', async () => {
		await prefer(olena, { events: { any_message: ['sound'] } });
		const talk = await startTalk('First');
		await say(talk, 'Second');
		const [hers, his] = [await listOf(olena), await listOf(petro)];
		expect(hers.notifications).toMatchObject([
			{ event: 'new_conversation', count: 2, preview: 'Second', channels: ['list', 'sound'] }
		]);
		expect(his.notifications).toMatchObject([
			{ event: 'new_conversation', count: 1, preview: 'First', visitor_name: 'Ann' }
		]);
		expect([hers.unread, his.unread]).toEqual([1, 1]);
	});

	it('tells consoles at once what the list says later, also of somebody without a name', async () => {
		await startTalk('First', { email: 'ann@example.com' });
		const [{ steps, ...listed } = { steps: null }] = (await listOf(petro)).notifications;
		expect(steps).toEqual([]);
		const [told] = await sql<{ payload: object }[]>`
			select payload from realtime.messages
			where topic = ${`user:${petro.id}`} and event = 'notification_told'`;
		expect(told?.payload).toMatchObject(listed);
		expect(listed).toMatchObject({
			visitor_name: 'ann@example.com',
			person_id: expect.any(String) as string
		});
	});

	it('tells nobody but the assignee of what is assigned, and whoever it is given to by somebody else', async () => {
		const talk = await startTalk();
		const assign = (to: Person) =>
			petro.client
				.rpc('assign_conversation', { conversation_id: talk.id, assignee_id: to.id })
				.throwOnError();
		await assign(petro);
		expect((await listOf(petro)).notifications.map(({ kind }) => kind)).toEqual([
			'new_conversation'
		]);
		await assign(olena);
		const [given] = (await listOf(olena)).notifications;
		expect(given).toMatchObject({ kind: 'assigned', actor_name: petro.name, preview: 'Hello' });
		await answer(olena, talk, 1);
		await say(talk, 'Thanks');
		expect((await listOf(olena)).notifications[0]).toMatchObject({ event: 'my_message' });
		expect((await listOf(petro)).notifications).toHaveLength(1);
	});

	it('makes nothing of an event that is off, and only a line of the list in quiet hours', async () => {
		await prefer(olena, { events: { new_conversation: [] } });
		await prefer(petro, {
			quiet: { from: '00:00', until: '00:00', days: [1, 2, 3, 4, 5, 6, 7] },
			time_zone: 'Europe/Kyiv'
		});
		await startTalk();
		expect(await listOf(olena)).toEqual({ notifications: [], has_more: false, unread: 0 });
		const [line] = (await listOf(petro)).notifications;
		expect(line).toMatchObject({ channels: ['list'], steps: [{ step: 'quiet' }] });
	});

	it('knows quiet hours over midnight, by the days on which they begin', async () => {
		await prefer(olena, {
			quiet: { from: '22:00', until: '07:00', days: [5] },
			time_zone: 'Europe/Kyiv'
		});
		const quiet = async (at: string) => {
			const [row] = await sql<{ quiet: boolean }[]>`
				select app.quiet_at(p, ${at}::timestamptz) as quiet
				from private.notification_preferences as p where user_id = ${olena.id}`;
			return row?.quiet;
		};
		// 2026-11-20 is a Friday.
		expect(await quiet('2026-11-20 21:59+02')).toBe(false);
		expect(await quiet('2026-11-20 22:00+02')).toBe(true);
		expect(await quiet('2026-11-21 06:59+02')).toBe(true);
		expect(await quiet('2026-11-21 07:00+02')).toBe(false);
		expect(await quiet('2026-11-21 23:00+02')).toBe(false);
	});

	it('refuses preferences that mean nothing', async () => {
		for (const preferences of [
			{ events: { whatever: ['list'] } },
			{ events: { new_conversation: ['email'] } },
			{ events: {}, quiet: { from: '25:00', until: '07:00', days: [1] } },
			{ events: {}, quiet: { from: '22:00', until: '07:00', days: [8] } },
			{ events: {}, time_zone: 'Mars/Base' },
			{ events: {}, email_after_minutes: 0 },
			[]
		]) {
			const { error } = await olena.client.rpc('set_notification_preferences', {
				preferences: preferences as never
			});
			expect(error, JSON.stringify(preferences)).toMatchObject({ message: 'invalid_input' });
		}
	});
});

describe('what becomes of it', () => {
	it('is seen by reading, answered by a colleague, and told to all consoles', async () => {
		const talk = await startTalk();
		const [told] = (await listOf(olena)).notifications;
		const record = () =>
			olena.client
				.rpc('record_notification_steps', {
					notification_id: told?.id ?? '',
					round: 1,
					steps: ['arrived', 'rang']
				})
				.throwOnError();
		expect((await record()).data).toBe(2);
		expect((await record()).data).toBe(0);
		await olena.client.rpc('mark_read', { conversation_id: talk.id, seq: 1 }).throwOnError();
		expect(await stepsOf(olena)).toEqual(['arrived', 'rang', 'seen']);
		await answer(olena, talk, 1);
		expect((await listOf(petro)).notifications[0]).toMatchObject({
			steps: [{ step: 'answered', detail: olena.name }]
		});
		expect((await listOf(petro)).unread).toBe(0);
	});

	it('takes no steps that are not a console’s to take, nor of rounds that never were', async () => {
		await startTalk();
		const [told] = (await listOf(olena)).notifications;
		const record = (round: number, step: 'mailed' | 'rang') =>
			olena.client.rpc('record_notification_steps', {
				notification_id: told?.id ?? '',
				round,
				steps: [step]
			});
		expect((await record(1, 'mailed')).error).toMatchObject({ message: 'invalid_input' });
		expect((await record(2, 'rang')).data).toBe(0);
	});

	it('mails a mention or an assignment that stays unseen, once, and not one that was seen', async () => {
		const talk = await startTalk();
		for (const person of [olena, petro])
			await sql`
				select app.notify_member(${tenant.organization}, ${person.id}, 'mention', ${`m:${talk.id}`}, ${talk.id},
					${sql.json({ seq: 1, author_id: petro.id })})`;
		await petro.client.rpc('mark_notifications_read').throwOnError();
		await passTime(sql, tenant.organization);
		await expect.poll(() => stepsOf(olena)).toEqual(['mailed']);
		const mails = await mailsTo(backend, olena.email);
		const mail = mails.find(
			({ subject }) => subject === `${petro.name} mentioned you in a note on Attention`
		);
		expect(mail?.text).toContain('Hello');
		expect(mail?.text).toContain(`/inbox/${talk.id}`);
		expect((await mailsTo(backend, petro.email)).map(({ subject }) => subject)).not.toContain(
			mail?.subject
		);
	});

	it('mails of a missed chat only to those who want it', async () => {
		await prefer(petro, { events: { missed_chat: ['list'] } });
		const talk = await startTalk('Is it fresh?');
		await sql`
			insert into public.messages (id, conversation_id, author_kind, body)
			values (${uuidv7()}, ${talk.id}, 'bot', 'We are asleep.')`;
		// First a look after a minute, then the site's own minutes.
		await expect
			.poll(async () => {
				await passTime(sql, tenant.organization);
				return (await mailsTo(backend, olena.email)).length;
			})
			.toBe(1);
		await expect
			.poll(async () =>
				(await listOf(olena)).notifications.map(({ kind, steps }) => [kind, steps.length])
			)
			.toEqual([
				['missed_chat', 1],
				['new_conversation', 0]
			]);
		expect((await listOf(petro)).notifications[0]).toMatchObject({
			kind: 'missed_chat',
			// What is missed, not what the bot has said to it.
			preview: 'Is it fresh?',
			steps: []
		});
		expect(await mailsTo(backend, petro.email)).toEqual([]);
	});
});

describe('web push', () => {
	it('reaches a browser whose console is closed, encrypted for it alone and signed by the project', async () => {
		const { endpoint } = await subscribe(olena);
		const talk = await startTalk('Is anybody there?');
		const mine = () => service.received.filter(({ path }) => endpoint.endsWith(path));
		await expect.poll(mine).toHaveLength(1);
		const [push] = mine();
		expect(push?.message).toMatchObject({
			title: 'Ann чекає на відповідь',
			body: 'Is anybody there?',
			path: `/inbox/${talk.id}`
		});
		expect(push?.headers).toMatchObject({
			ttl: '3600',
			urgency: 'high',
			'content-encoding': 'aes128gcm'
		});
		const { data: settings } = await olena.client.rpc('get_push_settings').throwOnError();
		const { public_key } = settings as unknown as { public_key: string };
		expectSigned(push?.headers.authorization ?? '', public_key);
		await expect.poll(() => stepsOf(olena)).toEqual(['pushed']);
	});

	it('is not sent when a console has told that it arrived', async () => {
		await olena.client.rpc('report_presence', { idle_seconds: 0 }).throwOnError();
		const { endpoint } = await subscribe(olena);
		await startTalk();
		const [told] = (await listOf(olena)).notifications;
		const args = { notification_id: told?.id ?? '', round: 1, steps: ['arrived' as const] };
		await olena.client.rpc('record_notification_steps', args).throwOnError();
		await passTime(sql, tenant.organization);
		await expect
			.poll(
				() =>
					sql`select from private.jobs where kind = 'push' and organization_id = ${tenant.organization} and finished_at is null`
			)
			.toHaveLength(0);
		expect(service.received.filter(({ path }) => endpoint.endsWith(path))).toEqual([]);
	});

	it('forgets a subscription that the push service does not know any more', async () => {
		const { endpoint } = await subscribe(olena);
		service.status = 410;
		await startTalk();
		await expect
			.poll(() => sql`select from private.push_subscriptions where endpoint = ${endpoint}`)
			.toHaveLength(0);
		await expect.poll(() => stepsOf(olena)).toEqual(['push_failed']);
	});

	it('goes nowhere but to push services, and not to a browser that was signed out', async () => {
		for (const endpoint of [
			'https://evil.test/send',
			'http://169.254.169.254/latest',
			'https://fcm.googleapis.com.evil.test/x',
			'https://evil.test/?https://fcm.googleapis.com/x',
			'https://fcm.googleapis.com@evil.test/x'
		]) {
			const { error } = await olena.client.rpc('save_push_subscription', {
				...service.subscribe(),
				endpoint
			});
			expect(error, endpoint).toMatchObject({ message: 'invalid_input' });
		}
		const { id } = await subscribe(olena);
		const ask = async () => {
			const [row] = await sql`select public.push_message(${id}) as message`;
			return row?.['message'] as { notification: null } | null;
		};
		expect(await ask()).toMatchObject({ notification: null, language: 'uk' });
		await sql`delete from auth.sessions where user_id = ${olena.id}`;
		expect(await ask()).toBeNull();
	});
});

/** RFC 8292: an ES256 token about this push service, by the key that browsers subscribed with. */
function expectSigned(authorization: string, publicKey: string): void {
	const [, token = '', key] = /^vapid t=(\S+), k=(\S+)$/.exec(authorization) ?? [];
	expect(key).toBe(publicKey);
	const [header = '', claims = '', signature = ''] = token.split('.');
	const point = Buffer.from(publicKey, 'base64url');
	const signer = createPublicKey({
		format: 'jwk',
		key: {
			...{ kty: 'EC', crv: 'P-256' },
			x: point.subarray(1, 33).toString('base64url'),
			y: point.subarray(33).toString('base64url')
		}
	});
	const signed = Buffer.from(`${header}.${claims}`);
	const bytes = Buffer.from(signature, 'base64url');
	expect(verify('sha256', signed, { key: signer, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true);
	const { aud, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
		aud: string;
		exp: number;
	};
	expect(aud).toBe(service.origin.replace('http:', 'https:'));
	expect(exp).toBeGreaterThan(Date.now() / 1000);
}
