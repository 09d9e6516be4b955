import type { MyInboxConversation } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import { SignJWT } from 'jose';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect, connectSql } from '../support/backend.ts';
import { createTenant, type Person, type Tenant, type Visitor } from '../support/tenant.ts';

const backend = inject('backend');
let sql: postgres.Sql;
let tenant: Tenant;
let operator: Person;
let colleague: Person;
let visitor: Visitor;
let conversation_id: string;

beforeAll(async () => {
	sql = connectSql(backend);
	tenant = await createTenant(backend, sql, 'Messages');
	operator = await tenant.addMember('operator');
	colleague = await tenant.addMember('admin');
});
beforeEach(async () => {
	visitor = await tenant.addVisitor();
	conversation_id = uuidv7();
	await visitor.client
		.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: 'Hello' })
		.throwOnError();
});
afterAll(() => sql.end());

const write = (body: string, message_id = uuidv7()) =>
	visitor.client.rpc('send_visitor_message', { conversation_id, message_id, body });
const answer = (body: string, seen_seq: number, message_id = uuidv7(), by = operator) =>
	by.client.rpc('send_operator_message', { conversation_id, message_id, body, seen_seq });
const stored = () => sql<{ seq: number; body: string }[]>`
	select seq, body from public.messages where conversation_id = ${conversation_id} order by seq`;

describe('what is refused leaves nothing behind', () => {
	it.each([
		['empty text', '', 422, 'message_empty'],
		['white space', ' \n\t\u00a0\ufeff', 422, 'message_empty'],
		['4,001 characters', 'x'.repeat(4001), 422, 'message_too_long']
	])('%s', async (_, body, status, code) => {
		for (const sent of [await write(body), await answer(body, 1)]) {
			expect([sent.status, sent.error?.message]).toEqual([status, code]);
		}
		const started = await visitor.client.rpc('start_conversation', {
			conversation_id: uuidv7(),
			message_id: uuidv7(),
			body
		});
		expect(started.error?.message).toBe(code);
		expect((await stored()).length).toBe(1);
		const conversations = await sql`
			select from public.conversations where visitor_id = ${visitor.session.visitor_id}`;
		expect(conversations.length).toBe(1);
	});

	it('keeps 4,000 characters beyond the basic plane, cuts outer white space only', async () => {
		const body = '🙂'.repeat(4000);
		expect((await write(`  ${body}\n`)).data?.body).toBe(body);
	});

	it('text with a NUL, which Postgres cannot store', async () => {
		const sent = await write('a\0b');
		expect(sent.error).not.toBeNull();
		expect(sent.status).toBeGreaterThanOrEqual(400);
		expect(sent.status).toBeLessThan(500);
		expect((await stored()).length).toBe(1);
	});

	it.each([
		['JSON that does not parse', '{"body":'],
		['a list', '[]'],
		['an id that is no uuid', '{"conversation_id":"1","message_id":"2","body":"x"}']
	])('%s', async (_, body) => {
		const response = await fetch(`${backend.url}/rest/v1/rpc/send_visitor_message`, {
			method: 'POST',
			headers: {
				apikey: backend.publishableKey,
				authorization: `Bearer ${visitor.session.token}`,
				'content-type': 'application/json'
			},
			body
		});
		expect(response.status).toBeGreaterThanOrEqual(400);
		expect(response.status).toBeLessThan(500);
		expect(await response.json()).toHaveProperty('code');
		expect((await stored()).length).toBe(1);
	});

	it('visitor details of an unknown kind', async () => {
		const conversation = uuidv7();
		for (const details of [{ role: 'owner' }, { name: { first: 'A' } }, ['A'], 'A']) {
			const { error } = await visitor.client.rpc('start_conversation', {
				conversation_id: conversation,
				message_id: uuidv7(),
				body: 'x',
				visitor: details
			});
			expect(error?.message).toBe('invalid_input');
		}
		expect((await sql`select from public.conversations where id = ${conversation}`).length).toBe(0);
	});

	it('a token that expired, was tampered with, or has no session', async () => {
		const key = new TextEncoder().encode(backend.jwtSecret);
		const claims = {
			role: 'anon',
			visitor_id: visitor.session.visitor_id,
			site_id: tenant.site.id
		};
		const sign = (exp: string, secret = key) =>
			new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(exp).sign(secret);
		const send = async (token?: string) => {
			const { status, error } = await connect(backend, token).rpc('send_visitor_message', {
				conversation_id,
				message_id: uuidv7(),
				body: 'x'
			});
			return [status, error?.code, error?.message];
		};
		expect(await send(await sign('-1m'))).toEqual([401, 'PGRST303', 'JWT expired']);
		expect((await send(await sign('1m', new TextEncoder().encode('x'.repeat(40)))))[0]).toBe(401);
		expect(await send()).toEqual([401, 'PT401', 'session_required']);
		expect((await stored()).length).toBe(1);
	});

	it('a hurrying visitor, with the seconds to wait', async () => {
		// Few enough that the last in line for the conversation waits no longer than a visitor's statement may (3 s).
		await sql`insert into public.rate_limits (site_id, organization_id, kind, scope, burst, per_minute)
			values (${tenant.site.id}, ${tenant.organization}, 'message', 'visitor', 5, 1)`;
		const sent = await Promise.all(Array.from({ length: 10 }, (_, i) => write(`m${i}`)));
		await sql`delete from public.rate_limits where site_id = ${tenant.site.id}`;
		const refused = sent.filter((one) => one.error);
		expect(refused.length).toBeGreaterThan(0);
		expect(refused[0]?.status).toBe(429);
		expect(refused[0]?.error?.message).toBe('rate_limited');
		const details = JSON.parse(refused[0]?.error?.details ?? '{}') as { retry_after: number };
		expect(details.retry_after).toBeGreaterThan(0);
		expect((await stored()).length).toBe(1 + sent.length - refused.length);
	});
});

describe('exactly once, in one order', () => {
	it('stores a message once however often and in parallel it is sent', async () => {
		const id = uuidv7();
		const answers = await Promise.all(Array.from({ length: 20 }, () => write('Once', id)));
		expect(new Set(answers.map((one) => one.data?.seq))).toEqual(new Set([2]));
		expect(await stored()).toEqual([
			{ seq: 1, body: 'Hello' },
			{ seq: 2, body: 'Once' }
		]);
	});

	it('starts a conversation once however often and in parallel it is started', async () => {
		const [conversation, message] = [uuidv7(), uuidv7()];
		const answers = await Promise.all(
			Array.from({ length: 10 }, () =>
				visitor.client.rpc('start_conversation', {
					conversation_id: conversation,
					message_id: message,
					body: 'First'
				})
			)
		);
		expect(answers.map((one) => one.error)).toEqual(Array(10).fill(null));
		const rows = await sql`select seq from public.messages where conversation_id = ${conversation}`;
		expect([...rows]).toEqual([{ seq: 1 }]);
	});

	it('makes a visitor once whose pages all begin at once', async () => {
		const busy = await createTenant(backend, sql, 'Beginnings');
		const begin = async () => {
			const { client } = await busy.addVisitor();
			const ids = { conversation_id: uuidv7(), message_id: uuidv7(), body: 'First' };
			return Promise.all(Array.from({ length: 8 }, () => client.rpc('start_conversation', ids)));
		};
		for (let round = 0; round < 5; round++) {
			const answers = (await Promise.all(Array.from({ length: 5 }, begin))).flat();
			expect(answers.flatMap(({ error }) => error ?? [])).toEqual([]);
		}
	});

	it('numbers concurrent writers without holes, in the order of commits', async () => {
		const people = [operator, colleague, await tenant.addMember('owner')];
		await Promise.all([
			...Array.from({ length: 20 }, (_, i) => write(`v${i}`)),
			...people.flatMap((person) =>
				Array.from({ length: 10 }, (_, i) => answer(`o${i}`, 1_000, uuidv7(), person))
			)
		]);
		const rows = await sql<{ seq: number; created_at: Date }[]>`
			select seq, created_at from public.messages where conversation_id = ${conversation_id} order by seq`;
		expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
		const times = rows.map((row) => row.created_at.getTime());
		expect(times).toEqual([...times].sort((x, y) => x - y));
	});

	it('refuses a reply written over something unseen, and stores nothing', async () => {
		await write('Wait, one more thing');
		const { status, error } = await answer('Done!', 1);
		expect([status, error?.message, error?.details]).toEqual([
			409,
			'stale_reply',
			'{"last_seq": 2}'
		]);
		expect((await answer('Done!', 2)).data?.seq).toBe(3);
		// One's own earlier message is nothing unseen; a repeat of a stored id never is.
		expect((await answer('And thanks', 2)).data?.seq).toBe(4);
		const id = uuidv7();
		const first = await answer('Bye', 4, id);
		await write('Bye!');
		expect((await answer('Bye', 4, id)).data).toEqual(first.data);
		expect((await answer('Me too', 4, uuidv7(), colleague)).error?.message).toBe('stale_reply');
	});

	it('reopens a closed conversation when the visitor writes', async () => {
		await operator.client
			.rpc('set_conversation_status', { conversation_id, status: 'closed' })
			.throwOnError();
		await write('Still there?');
		const { data } = await operator.client
			.from('conversations')
			.select('status, closed_at, waiting_since')
			.eq('id', conversation_id)
			.single();
		expect(data).toMatchObject({ status: 'open', closed_at: null });
		expect(data?.waiting_since).not.toBeNull();
	});
});

describe('reading', () => {
	const mark = (seq: number, by = operator) => by.client.rpc('mark_read', { conversation_id, seq });

	it('only advances, never past the newest message', async () => {
		await write('Two');
		expect((await mark(1)).data).toBe(1);
		expect((await mark(99)).data).toBe(2);
		expect((await mark(1)).data).toBe(2);
		expect((await mark(-1)).error?.message).toBe('invalid_input');
	});

	it('counts as unread what the visitor wrote after the position, for each operator', async () => {
		const mine = async (person: Person) => {
			const { data } = await person.client.rpc('list_inbox', { max_rows: 200 });
			const { conversations } = data as unknown as { conversations: MyInboxConversation[] };
			const row = conversations.find((one) => one.id === conversation_id);
			return row && row.visitor_message_count - row.my_read_visitor_count;
		};
		await write('Two');
		await answer('Yes?', 2);
		await write('Three');
		expect([await mine(operator), await mine(colleague)]).toEqual([3, 3]);
		await mark(2);
		expect([await mine(operator), await mine(colleague)]).toEqual([1, 3]);
		await mark(4);
		expect(await mine(operator)).toBe(0);
	});

	it('shows each side how far the other has read', async () => {
		await answer('Hi', 1);
		await mark(2);
		await visitor.client.rpc('mark_read', { conversation_id, seq: 2 }).throwOnError();
		const { data } = await visitor.client
			.from('conversations')
			.select('id, created_at, last_seq, visitor_read_seq, team_read_seq')
			.single();
		expect(data).toMatchObject({ last_seq: 2, visitor_read_seq: 2, team_read_seq: 2 });
	});

	it('pages history both ways', async () => {
		for (let i = 2; i <= 9; i++) await write(`m${i}`);
		const seqs = (rows: { seq: number }[] | null) => rows?.map((row) => row.seq);
		const after = await visitor.client.rpc('messages_after', {
			conversation_id,
			after_seq: 3,
			max_rows: 4
		});
		expect(seqs(after.data)).toEqual([4, 5, 6, 7]);
		const before = await operator.client.rpc('messages_before', {
			conversation_id,
			before_seq: 6,
			max_rows: 2
		});
		expect(seqs(before.data)).toEqual([4, 5]);
	});
});

describe('the inbox', () => {
	const changes = async (cursor: string) => {
		const { data } = await operator.client.rpc('inbox_changes_since', { cursor }).throwOnError();
		return data as unknown as {
			conversations: MyInboxConversation[];
			cursor: string;
			reset: boolean;
		};
	};
	const cursorNow = async () => {
		const { data } = await operator.client.rpc('list_inbox', {}).throwOnError();
		return (data as unknown as { cursor: string }).cursor;
	};

	it('misses no change of a transaction that commits after a later one', async () => {
		const slow = await sql.reserve();
		try {
			await slow`begin`;
			await slow`update public.conversations set status = 'closed' where id = ${conversation_id}`;
			// Later transactions commit first, and the cursor moves on.
			const other = await tenant.addVisitor();
			await other.client
				.rpc('start_conversation', {
					conversation_id: uuidv7(),
					message_id: uuidv7(),
					body: 'Quick'
				})
				.throwOnError();
			const { cursor } = await changes(await cursorNow());
			await slow`commit`;
			const { conversations } = await changes(cursor);
			expect(conversations.find((one) => one.id === conversation_id)?.status).toBe('closed');
		} finally {
			slow.release();
		}
	});

	it('tells a client with a cursor of another database to begin anew', async () => {
		expect(await changes('9000000000000000000')).toMatchObject({ reset: true, conversations: [] });
	});

	it.each(['', 'x', '-1', '1; drop table messages'])('refuses the cursor %j', async (cursor) => {
		const { error } = await operator.client.rpc('inbox_changes_since', { cursor });
		expect(error?.message).toBe('invalid_input');
	});

	it('pages without repeating or skipping', async () => {
		const pager = await createTenant(backend, sql, 'Pager');
		const person = await pager.addMember('owner');
		const guest = await pager.addVisitor();
		const ids: string[] = [];
		for (let i = 0; i < 7; i++) {
			ids.unshift(uuidv7());
			await guest.client
				.rpc('start_conversation', {
					conversation_id: ids[0] ?? '',
					message_id: uuidv7(),
					body: `c${i}`
				})
				.throwOnError();
		}
		const seen: string[] = [];
		let last: MyInboxConversation | undefined;
		for (let more = true; more;) {
			const { data } = await person.client
				.rpc('list_inbox', {
					max_rows: 3,
					...(last ? { before: last.last_message_at, before_id: last.id } : {})
				})
				.throwOnError();
			const page = data as unknown as { conversations: MyInboxConversation[]; has_more: boolean };
			seen.push(...page.conversations.map((one) => one.id));
			last = page.conversations.at(-1);
			more = page.has_more;
		}
		expect(seen).toEqual(ids);
	});
});
