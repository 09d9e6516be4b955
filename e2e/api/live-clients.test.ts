import { uuidv7 } from '@chatiq/contracts/ids';
import { topics } from '@chatiq/contracts/topics';
import type postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connectSql } from '../support/backend.ts';
import {
	type Connect,
	type Line,
	type LiveClient,
	openLine,
	realtimeJs,
	widgetClient
} from '../support/live-clients.ts';
import { createTenant, openSession, type Person, type Tenant } from '../support/tenant.ts';

// The widget has a socket client of its own: whatever both can do, both must do alike.
const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let line: Line;
const clients: LiveClient[] = [];

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Live clients');
	operator = await tenant.addMember('operator');
});
beforeEach(async () => {
	line = await openLine(backend);
});
afterEach(async () => {
	clients.splice(0).forEach((client) => client.close());
	await line.close();
});
afterAll(() => sql.end());

async function converse() {
	const visitor = await tenant.addVisitor();
	const id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id: id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
	return { id, visitor };
}

async function answer(conversation_id: string, body: string): Promise<void> {
	await operator.client
		.rpc('send_operator_message', {
			...{ conversation_id, message_id: uuidv7(), body, seen_seq: 1_000_000 }
		})
		.throwOnError();
}

/** Without the first words, which may still be on their way when somebody joins. */
const bodies = (topic: { events: { event: string; payload: unknown }[] }) =>
	topic.events
		.filter(({ event }) => event === 'message_created')
		.map(({ payload }) => (payload as { body: string }).body)
		.filter((body) => body !== 'Hello');

describe.each<[string, Connect]>([
	['the widget’s client', widgetClient],
	['realtime-js', realtimeJs]
])('%s', (_, connect) => {
	const open = (token: string) => {
		const client = connect(line.backend, token);
		clients.push(client);
		return client;
	};

	it('hears what the database says, whole and once', async () => {
		const { id, visitor } = await converse();
		const topic = open(visitor.session.token).join(topics.conversation(id));
		await expect.poll(topic.joined).toBe(true);
		const odd = 'Привіт 👋🏽 "quoted" \\ \u2028 <b>';
		await answer(id, odd);
		await answer(id, 'x'.repeat(4000));
		await expect.poll(() => bodies(topic)).toEqual([odd, 'x'.repeat(4000)]);
	});

	it('gets into its own conversation only, and hears nothing of another', async () => {
		const [own, other] = [await converse(), await converse()];
		const client = open(own.visitor.session.token);
		const forbidden = client.join(topics.conversation(other.id));
		const team = client.join(topics.team(own.id));
		const topic = client.join(topics.conversation(own.id));
		await expect.poll(topic.joined).toBe(true);
		await answer(other.id, 'secret');
		await answer(own.id, 'open');
		await expect.poll(() => bodies(topic)).toEqual(['open']);
		expect([forbidden, team].map((closed) => [closed.joined(), closed.events])).toEqual([
			[false, []],
			[false, []]
		]);
	});

	it('hears others broadcast, and not itself', async () => {
		const { id, visitor } = await converse();
		const [here, there] = [open(visitor.session.token), open(operator.token)].map((client) =>
			client.join(topics.typing(id))
		);
		await expect.poll(() => here?.joined() && there?.joined()).toBe(true);
		here?.broadcast('typing', { name: 'Iryna', typing: true });
		await expect
			.poll(() => there?.events)
			.toMatchObject([{ event: 'typing', payload: { name: 'Iryna', typing: true } }]);
		there?.broadcast('typing', { name: 'Olena', typing: false });
		await expect.poll(() => here?.events).toMatchObject([{ payload: { name: 'Olena' } }]);
	});

	it('comes back by itself when the line is cut, and hears on', async () => {
		const { id, visitor } = await converse();
		const topic = open(visitor.session.token).join(topics.conversation(id));
		await expect.poll(topic.joined).toBe(true);
		await line.cut();
		await expect.poll(topic.joined).toBe(true);
		await answer(id, 'after the cut');
		await expect.poll(() => bodies(topic)).toContain('after the cut');
	});

	it('goes on with a renewed token, without a gap', async () => {
		const { id, visitor } = await converse();
		const client = open(visitor.session.token);
		const topic = client.join(topics.conversation(id));
		await expect.poll(topic.joined).toBe(true);
		const { refresh_token } = visitor.session;
		const next = await openSession(backend, { site_key: tenant.site.site_key, refresh_token });
		await client.renewToken(next.token);
		await answer(id, 'still here');
		await expect.poll(() => bodies(topic)).toEqual(['still here']);
		expect(topic.joined()).toBe(true);
	});

	it('hears nothing of a topic it has left', async () => {
		const [one, two] = [await converse(), await converse()];
		const client = open(operator.token);
		const [left, kept] = [one, two].map(({ id }) => client.join(topics.conversation(id)));
		await expect.poll(() => left?.joined() && kept?.joined()).toBe(true);
		left?.leave();
		await answer(one.id, 'gone');
		await answer(two.id, 'here');
		await expect.poll(() => bodies(kept ?? { events: [] })).toEqual(['here']);
		expect(left?.events).toEqual([]);
	});
});
