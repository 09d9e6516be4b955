import { uuidv7 } from '@chatiq/contracts/ids';
import type { RotatedSecret } from '@chatiq/contracts/team';
import { webhookEvents, type WebhookDelivery } from '@chatiq/contracts/webhooks';
import type postgres from 'postgres';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import { Endpoint, type Received } from '../support/endpoint.ts';
import { endLeases, passTime } from '../support/jobs.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';
import { workerProcesses } from '../support/worker-process.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let admin: Person;
let visitor: Visitor;
let endpoint: Endpoint;
let path = '';

beforeAll(async () => {
	sql = connectSql(backend);
	endpoint = await new Endpoint().start();
	tenant = await createTenant(backend, sql, 'Hooked');
	admin = await tenant.addMember('admin');
	visitor = await tenant.addVisitor();
	await sql`
		insert into public.rate_limits (organization_id, site_id, kind, scope, burst, per_minute)
		select ${tenant.organization}, ${tenant.site.id}, kind, scope, 1000, 10000
		from unnest(enum_range(null::public.limit_kind)) as kind, unnest(enum_range(null::public.limit_scope)) as scope
		where scope <> 'organization'`;
});
// Each test has a webhook of its own, at a path of its own.
beforeEach(async () => {
	endpoint.behave = (_, response) => response.writeHead(204).end();
	path = `/${crypto.randomUUID()}`;
	await sql`delete from public.webhooks where organization_id = ${tenant.organization}`;
});
afterAll(async () => {
	await sql.end();
	await endpoint.close();
});

async function listen(
	events: readonly string[] = webhookEvents,
	url = endpoint.url(path)
): Promise<string> {
	const id = uuidv7();
	await admin.client
		.from('webhooks')
		.insert({ id, organization_id: tenant.organization, url, events: [...events] })
		.throwOnError();
	return id;
}

async function start(body = 'Hello'): Promise<string> {
	const conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body })
		.throwOnError();
	return conversation_id;
}

async function write(conversation_id: string, body: string): Promise<string> {
	const message_id = uuidv7();
	await visitor.client
		.rpc('send_visitor_message', { conversation_id, message_id, body })
		.throwOnError();
	return message_id;
}

const received = () => endpoint.of(path);
const types = () => received().map(({ event }) => event.type);
const seqs = (all: Received[], conversation: string) =>
	all
		.filter(({ event }) => event.data['message']?.['conversation_id'] === conversation)
		.map(({ event }) => event.data['message']?.['seq']);

async function deliveries(webhook_id: string): Promise<WebhookDelivery[]> {
	const { data } = await admin.client
		.from('webhook_deliveries')
		.select()
		.eq('webhook_id', webhook_id)
		.order('ordinal')
		.throwOnError();
	return data;
}

/** As if all waits were over. */
async function retryNow(): Promise<void> {
	await sql`
		update public.webhook_deliveries set next_attempt_at = now()
		where organization_id = ${tenant.organization} and status = 'pending' and runner is null
			and next_attempt_at < 'infinity'`;
	await passTime(sql, tenant.organization);
}

async function secretsOf(webhook_id: string): Promise<RotatedSecret> {
	const { data } = await admin.client.rpc('read_webhook_secret', { webhook_id }).throwOnError();
	return data as unknown as RotatedSecret;
}

const verify = (secret: string, { body, headers }: Received) =>
	new Webhook(secret).verify(body, headers);

describe('events', () => {
	it('tell what happens to a conversation, in order, signed', async () => {
		const webhook_id = await listen();
		const conversation_id = await start();
		const message_id = await write(conversation_id, 'A question');
		const call = admin.client;
		await visitor.client.rpc('edit_message', { message_id, body: 'Edited' }).throwOnError();
		await call
			.rpc('assign_conversation', { conversation_id, assignee_id: admin.id })
			.throwOnError();
		await call
			.rpc('set_conversation_priority', { conversation_id, priority: 'high' })
			.throwOnError();
		await call.rpc('set_conversation_status', { conversation_id, status: 'closed' }).throwOnError();
		await call.rpc('set_conversation_status', { conversation_id, status: 'open' }).throwOnError();
		await call.rpc('redact_message', { message_id }).throwOnError();
		await visitor.client.rpc('rate_conversation', { conversation_id, score: 5 }).throwOnError();
		const ofConversation = () =>
			received().filter(({ event }) => event.data['visitor'] === undefined);
		await expect
			.poll(() => ofConversation().map(({ event }) => event.type))
			.toEqual([
				'conversation.created',
				'message.created',
				'message.created',
				'message.edited',
				'conversation.assigned',
				'conversation.updated',
				'conversation.closed',
				'conversation.reopened',
				'message.redacted',
				'conversation.rated'
			]);
		const { secret } = await secretsOf(webhook_id);
		for (const one of received()) expect(verify(secret, one)).toMatchObject(one.event);
		expect(ofConversation()[2]?.event.data['message']).toMatchObject({
			conversation_id,
			body: 'A question',
			seq: 2
		});
		expect(ofConversation()[8]?.event.data['message']).toMatchObject({ body: '' });
		// What is not told by name is not told at all.
		expect(JSON.stringify(received())).not.toContain('changed_xid');
	});

	it('come only to those who asked, of the sites that they asked for', async () => {
		const other = await tenant.addSite('Other');
		await listen(['visitor.created', 'conversation.created']);
		await sql`update public.webhooks set site_id = ${other.id} where organization_id = ${tenant.organization}`;
		await start();
		const there = await tenant.addVisitor({ site: other });
		await there.client
			.rpc('start_conversation', {
				...{ conversation_id: uuidv7(), message_id: uuidv7(), body: 'Hi' }
			})
			.throwOnError();
		await expect
			.poll(types)
			.toEqual(expect.arrayContaining(['visitor.created', 'conversation.created']));
		for (const { event } of received()) {
			expect(Object.values(event.data)[0]?.['site_id']).toBe(other.id);
		}
	});

	it('are not told when the transaction fails', async () => {
		const webhook_id = await listen();
		const failing = sql.begin(async (transaction) => {
			await transaction`
				insert into public.conversations (id, organization_id, site_id, visitor_id)
				select ${uuidv7()}, organization_id, site_id, id from public.visitors
				where organization_id = ${tenant.organization} limit 1`;
			throw new Error('undone');
		});
		await expect(failing).rejects.toThrow('undone');
		expect(await deliveries(webhook_id)).toEqual([]);
	});
});

describe('an endpoint', () => {
	it('that fails gets the event again, under the same id; what came later waits', async () => {
		let failures = 2;
		endpoint.behave = (_, response) => {
			response.writeHead(failures-- > 0 ? 500 : 200).end('said so');
		};
		const webhook_id = await listen(['message.created']);
		const conversation_id = await start('One');
		await write(conversation_id, 'Two');
		for (const count of [1, 2]) {
			await expect.poll(() => received().length).toBe(count);
			await expect
				.poll(async () => (await deliveries(webhook_id))[0])
				.toMatchObject({
					status: 'pending',
					response_code: 500,
					response_excerpt: 'said so',
					runner: null
				});
			await retryNow();
		}
		await expect.poll(() => seqs(received(), conversation_id)).toEqual([1, 1, 1, 2]);
		expect(new Set(received().map(({ id }) => id)).size).toBe(2);
		await expect
			.poll(async () =>
				(await deliveries(webhook_id)).map(({ status, attempts }) => [status, attempts])
			)
			.toEqual([
				['delivered', 3],
				['delivered', 1]
			]);
	});

	it('that asks for time gets it', async () => {
		endpoint.behave = (_, response) => response.writeHead(429, { 'retry-after': '1800' }).end();
		const webhook_id = await listen(['message.created']);
		await start();
		await expect.poll(async () => (await deliveries(webhook_id))[0]?.response_code).toBe(429);
		const [row] = await deliveries(webhook_id);
		const wait = Date.parse(row?.next_attempt_at ?? '') - Date.now();
		expect(wait).toBeGreaterThan(1_700_000);
		const { data } = await admin.client
			.from('webhooks')
			.select('failing_since')
			.eq('id', webhook_id)
			.single();
		expect(data?.failing_since).not.toBeNull();
	});

	it('that redirects is followed only to where events may go; 410 switches off; inside nobody is asked', async () => {
		const moved = `/moved-${path.slice(1)}`;
		endpoint.behave = ({ path: asked }, response) => {
			const redirect = (status: number, location: string) =>
				response.writeHead(status, { location }).end();
			if (asked.endsWith('/gone')) response.writeHead(410).end();
			else if (asked.endsWith('/inwards')) redirect(307, 'https://169.254.169.254/latest');
			else if (asked.endsWith('/kept')) redirect(308, moved);
			else if (asked === moved) response.writeHead(204).end();
			else redirect(302, endpoint.url('/stolen'));
		};
		await listen(['message.created'], endpoint.url(`${path}/kept`));
		const [redirecting, inwards, gone, inner] = await Promise.all([
			listen(['message.created']),
			listen(['message.created'], endpoint.url(`${path}/inwards`)),
			listen(['message.created'], endpoint.url(`${path}/gone`)),
			listen(['message.created'], 'https://169.254.169.254/latest/meta-data')
		]);
		await start();
		const errors = async () =>
			Promise.all(
				[redirecting, inwards, gone, inner].map(async (id) => (await deliveries(id))[0]?.last_error)
			);
		await expect
			.poll(errors)
			.toEqual([
				expect.stringContaining('redirect'),
				expect.stringContaining('not public'),
				expect.stringContaining('410'),
				expect.stringContaining('not public')
			]);
		expect(endpoint.of('/stolen')).toEqual([]);
		await expect
			.poll(() => endpoint.of(moved).map(({ event }) => event.type))
			.toEqual(['message.created']);
		const { data } = await admin.client.from('webhooks').select('id').eq('active', false);
		expect(data).toEqual([{ id: gone }]);
	});

	it('that was away for three days finds dead letters, and gets all of them in order when asked', async () => {
		endpoint.behave = (_, response) => response.writeHead(503).end();
		const webhook_id = await listen(['message.created']);
		const conversation_id = await start('One');
		await write(conversation_id, 'Two');
		await sql`update public.webhook_deliveries set retry_until = now() where webhook_id = ${webhook_id}`;
		const states = async () => (await deliveries(webhook_id)).map(({ status }) => status);
		await expect
			.poll(async () => {
				await retryNow();
				return states();
			})
			.toEqual(['dead', 'dead']);
		endpoint.behave = (_, response) => response.writeHead(200).end();
		const before = received().length;
		const replay = () => admin.client.rpc('replay_dead_deliveries', { webhook_id }).throwOnError();
		expect((await replay()).data).toBe(2);
		expect((await replay()).data).toBe(0);
		await expect.poll(states).toEqual(['delivered', 'delivered']);
		expect(seqs(received().slice(before), conversation_id)).toEqual([1, 2]);
		// One more time, by itself, under the id it had.
		const [first] = await deliveries(webhook_id);
		await admin.client
			.rpc('replay_webhook_delivery', { delivery_id: first?.id ?? '' })
			.throwOnError();
		await expect.poll(() => received().at(-1)?.id).toBe(first?.event_id);
	});
});

it('a rotated secret signs beside the new one until the overlap ends', async () => {
	const webhook_id = await listen(['message.created']);
	const { secret: before } = await secretsOf(webhook_id);
	await admin.client.rpc('rotate_webhook_secret', { webhook_id, version: 1 }).throwOnError();
	const { secret: after } = await secretsOf(webhook_id);
	await start();
	await expect.poll(() => received().length).toBe(1);
	const [both] = received();
	if (!both) throw new Error('nothing came');
	expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
	verify(before, both);
	verify(after, both);
	await sql`update private.webhook_secrets set previous_valid_until = now() where webhook_id = ${webhook_id}`;
	await start();
	await expect.poll(() => received().length).toBe(2);
	const [, one] = received();
	if (!one) throw new Error('nothing came');
	verify(after, one);
	expect(() => verify(before, one)).toThrow();
});

it('a test goes out once, to a webhook that is switched off too, and is tried once', async () => {
	const webhook_id = await listen(['visitor.erased']);
	await admin.client.from('webhooks').update({ active: false }).eq('id', webhook_id).throwOnError();
	const event_id = uuidv7();
	const test = () => admin.client.rpc('test_webhook', { webhook_id, event_id }).throwOnError();
	expect((await test()).data).toMatchObject({ event: 'test', status: 'pending' });
	await test();
	await expect.poll(async () => (await deliveries(webhook_id))[0]?.status).toBe('delivered');
	expect(received().map(({ id, event }) => [id, event.type])).toEqual([[event_id, 'test']]);
	endpoint.behave = (_, response) => response.writeHead(500).end();
	await admin.client.rpc('test_webhook', { webhook_id, event_id: uuidv7() }).throwOnError();
	await expect.poll(async () => (await deliveries(webhook_id))[1]?.status).toBe('dead');
});

it('kill -9 of the worker in mid-delivery: each event arrives, in the order of its conversation', async () => {
	endpoint.behave = (_, response) => setTimeout(() => response.writeHead(200).end(), 15);
	const webhook_id = await listen(['message.created']);
	const conversations = await Promise.all(Array.from({ length: 6 }, () => start()));
	for (let n = 0; n < 5; n++) {
		await Promise.all(conversations.map((id) => write(id, `Text ${n}`)));
		if (n % 2 === 1) {
			await expect.poll(() => workerProcesses().length).toBeGreaterThan(0);
			for (const pid of workerProcesses()) process.kill(pid, 'SIGKILL');
			// As if the leases of the dead had ended.
			await endLeases(sql, tenant.organization);
		}
	}
	await expect
		.poll(
			async () => {
				await endLeases(sql, tenant.organization);
				return (await deliveries(webhook_id)).filter(({ status }) => status !== 'delivered').length;
			},
			{ timeout: 60_000, interval: 300 }
		)
		.toBe(0);
	for (const id of conversations) {
		const seen = seqs(received(), id);
		expect([...new Set(seen)]).toEqual([1, 2, 3, 4, 5, 6]);
	}
	const made = (await deliveries(webhook_id)).map(({ event_id }) => event_id);
	expect(new Set(received().map(({ id }) => id))).toEqual(new Set(made));
}, 90_000);
