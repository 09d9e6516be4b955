import { topics } from '@chatiq/contracts/topics';
import { uuidv7 } from '@chatiq/contracts/ids';
import type { Boot } from '@chatiq/contracts/session';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect, connectSql } from '../support/backend.ts';
import { openSessionFrom } from '../support/open-session-from.ts';
import {
	callFunction,
	createTenant,
	type Person,
	type Tenant,
	type Visitor
} from '../support/tenant.ts';
import { Socket } from './isolation/socket.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let admin: Person;
let stranger: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Blocks');
	operator = await tenant.addMember('operator');
	admin = await tenant.addMember('admin');
	stranger = await (await createTenant(backend, sql, 'Elsewhere')).addMember('owner');
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await start(visitor).throwOnError();
});
afterAll(() => sql.end());

const start = (by: Visitor, id = conversation_id) =>
	by.client.rpc('start_conversation', {
		conversation_id: id,
		message_id: uuidv7(),
		body: 'Hello'
	});
const block = (id = uuidv7(), by = operator, args = {}) =>
	by.client.rpc('block_visitor', { id, visitor_id: visitor.session.visitor_id, ...args });
const open = (address: string, identity?: { sub: string }) =>
	openSessionFrom(backend, tenant, address, identity);
const opened = async (address: string, identity?: { sub: string }) => {
	const answer = await open(address, identity);
	if ('refused' in answer) throw new Error(answer.refused);
	return answer.visitor;
};
const comeBack = (name: 'visitor-session' | 'boot') =>
	callFunction(backend, name, {
		site_key: tenant.site.site_key,
		refresh_token: visitor.session.refresh_token
	});
const code = async (response: Response) =>
	((await response.json()) as { error?: { code: string } }).error?.code;

describe('a blocked visitor', () => {
	it('cannot write, start, read, react, listen, upload or come back with its token', async () => {
		await block().throwOnError();
		const by = visitor.client;
		const message_id = uuidv7();
		const refused = [
			await by.rpc('send_visitor_message', { conversation_id, message_id, body: 'x' }),
			await start(visitor, uuidv7()),
			await by.rpc('prepare_upload', {
				attachment_id: uuidv7(),
				conversation_id,
				name: 'a.png',
				content_type: 'image/png',
				size_bytes: 10
			})
		];
		expect(refused.map(({ status, error }) => [status, error?.message])).toEqual(
			refused.map(() => [403, 'visitor_blocked'])
		);
		expect((await by.from('messages').select()).data).toEqual([]);
		expect((await by.rpc('messages_after', { conversation_id, after_seq: 0 })).data).toEqual([]);
		const socket = await Socket.open(backend);
		const joined = await socket.join(topics.conversation(conversation_id), visitor.session.token);
		socket.close();
		expect(joined).toMatch(/^Unauthorized/);
		expect(await code(await comeBack('visitor-session'))).toBe('visitor_blocked');
		expect(await code(await comeBack('boot'))).toBe('visitor_blocked');
	});

	it('hears nothing through a socket that it had opened before', async () => {
		await block().throwOnError();
		await operator.client
			.rpc('send_operator_message', {
				conversation_id,
				message_id: uuidv7(),
				body: 'Do not tell',
				seen_seq: 1
			})
			.throwOnError();
		const topicsOf = await sql<{ topic: string }[]>`
			select topic from realtime.messages where event = 'message_created'
				and payload ->> 'conversation_id' = ${conversation_id} and payload ->> 'body' = 'Do not tell'`;
		expect(topicsOf).toEqual([{ topic: topics.team(conversation_id) }]);
	});

	it('is whom it was when the block is lifted, or has run out', async () => {
		const id = uuidv7();
		await block(id).throwOnError();
		await operator.client.rpc('unblock', { id }).throwOnError();
		await operator.client.rpc('unblock', { id }).throwOnError();
		expect((await start(visitor, uuidv7())).error).toBeNull();
		await block(uuidv7(), operator, {
			expires_at: new Date(Date.now() + 60_000).toISOString()
		}).throwOnError();
		expect((await start(visitor, uuidv7())).error?.message).toBe('visitor_blocked');
		await sql`update public.blocklist set expires_at = now()
			where visitor_id = ${visitor.session.visitor_id}`;
		expect((await start(visitor, uuidv7())).error).toBeNull();
		const again = (await (await comeBack('boot')).json()) as Boot;
		expect(again.session?.visitor_id).toBe(visitor.session.visitor_id);
	});

	it('is blocked once, however often that is sent', async () => {
		const id = uuidv7();
		const entries = [await block(id), await block(id)].map(({ data }) => data);
		expect(entries[0]).toEqual(entries[1]);
		const other = await tenant.addVisitor();
		await start(other, uuidv7()).throwOnError();
		const taken = await operator.client.rpc('block_visitor', {
			id,
			visitor_id: other.session.visitor_id
		});
		expect(taken.error?.message).toBe('id_conflict');
	});

	it('is blocked by operators of its site only', async () => {
		for (const by of [stranger, await tenant.addMember('operator', false)]) {
			expect((await block(uuidv7(), by)).error?.message).toBe('visitor_not_found');
		}
		expect(
			(await connect(backend).rpc('block_visitor', { id: uuidv7(), visitor_id: uuidv7() })).error
		).not.toBeNull();
	});
});

it('blocks a verified person on every device', async () => {
	const person = await opened('10.2.0.1', { sub: 'customer-7' });
	await start(person, uuidv7()).throwOnError();
	await operator.client
		.rpc('block_visitor', { id: uuidv7(), visitor_id: person.session.visitor_id })
		.throwOnError();
	expect(await open('10.2.0.2', { sub: 'customer-7' })).toEqual({ refused: 'visitor_blocked' });
	await opened('10.2.0.1', { sub: 'customer-8' });
});

describe('an address', () => {
	const from = (address: string) =>
		open(address).then((answer) => ('refused' in answer ? answer.refused : 'welcome'));

	it('is blocked as a network, by admins, and nobody else suffers', async () => {
		const entry = { id: uuidv7(), site_id: tenant.site.id, address: '203.0.113.0/24' };
		expect((await operator.client.rpc('block_address', entry)).error?.message).toBe(
			'site_not_found'
		);
		expect((await stranger.client.rpc('block_address', entry)).error?.message).toBe(
			'site_not_found'
		);
		await admin.client.rpc('block_address', entry).throwOnError();
		expect(
			await Promise.all([from('203.0.113.9'), from('203.0.112.9'), from('no address')])
		).toEqual(['visitor_blocked', 'welcome', 'welcome']);
		await operator.client.rpc('unblock', { id: entry.id }).throwOnError();
		expect(await from('203.0.113.9')).toBe('visitor_blocked');
		await admin.client.rpc('unblock', { id: entry.id }).throwOnError();
		expect(await from('203.0.113.9')).toBe('welcome');
	});

	it.each(['0.0.0.0/0', '10.0.0.0/7', '2001:db8::/31'])('is not %s', async (address) => {
		const { error } = await admin.client.rpc('block_address', {
			id: uuidv7(),
			site_id: tenant.site.id,
			address
		});
		expect(error?.message).toBe('invalid_input');
	});

	it('of a visitor is blocked without being shown first; of IPv6 its /64', async () => {
		const guest = await opened('2001:db8:1:2:3::4');
		const id = uuidv7();
		const { data } = await operator.client
			.rpc('block_visitor_address', { id, visitor_id: guest.session.visitor_id })
			.throwOnError();
		expect(data.address).toBe('2001:db8:1:2::/64');
		expect(await from('2001:db8:1:2:ffff::1')).toBe('visitor_blocked');
		expect((await start(guest, uuidv7())).error?.message).toBe('visitor_blocked');
		await admin.client.rpc('unblock', { id }).throwOnError();
	});
});

describe('limits of a site', () => {
	it('are set by admins, within reason, and hold at once', async () => {
		const limit = {
			site_id: tenant.site.id,
			organization_id: tenant.organization,
			kind: 'message' as const,
			scope: 'visitor' as const,
			burst: 3,
			per_minute: 6
		};
		expect((await operator.client.from('rate_limits').insert(limit)).error?.code).toBe('42501');
		expect((await stranger.client.from('rate_limits').insert(limit)).error?.code).toBe('42501');
		expect(
			(await admin.client.from('rate_limits').insert({ ...limit, burst: 0 })).error?.code
		).toBe('23514');
		await admin.client.from('rate_limits').insert(limit).throwOnError();
		const write = () =>
			visitor.client.rpc('send_visitor_message', {
				conversation_id,
				message_id: uuidv7(),
				body: 'x'
			});
		const answers = [];
		for (let i = 0; i < 4; i++) answers.push(await write());
		const refused = answers.filter(({ status }) => status === 429);
		expect(refused.length).toBeGreaterThan(0);
		const details = JSON.parse(refused[0]?.error?.details ?? '{}') as { retry_after: number };
		expect(details.retry_after).toBeGreaterThan(0);
		expect(details.retry_after).toBeLessThanOrEqual(10);
		await admin.client.from('rate_limits').delete().eq('site_id', tenant.site.id).throwOnError();
		// Back to one a second, from an empty bucket.
		const { error } = await write();
		const { retry_after } = JSON.parse(error?.details ?? '{"retry_after":0}') as typeof details;
		expect(retry_after).toBeLessThanOrEqual(1);
	});

	it('follow those of everybody, also where a bucket remembers the former ones', async () => {
		const { visitor_id } = visitor.session;
		const taking = sql.begin(async (sql) => {
			const take = () => sql`
				select app.take_tokens('message', ${tenant.site.id}, ${tenant.organization}, ${visitor_id}, null)`;
			await take();
			// Taken back with the transaction: these limits are everybody's.
			await sql`
				update private.default_limits set burst = 1, per_minute = 1 where kind = 'message' and scope = 'visitor'`;
			await sql`set constraints all immediate`;
			await take();
			await take();
		});
		await expect(taking).rejects.toMatchObject({ code: 'PT429', message: 'rate_limited' });
	});

	it('leave an office behind one address alone', async () => {
		const colleagues = await Promise.all(Array.from({ length: 40 }, () => opened('198.51.100.7')));
		const started = await Promise.all(colleagues.map((one) => start(one, uuidv7())));
		expect(started.map(({ error }) => error?.message)).toEqual(started.map(() => undefined));
	});
});
