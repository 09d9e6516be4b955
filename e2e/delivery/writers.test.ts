import { uuidv7 } from '@chatiq/contracts/ids';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTenant } from '../support/tenant.ts';
import { asOperator, asVisitor, become, type Caller } from './as-caller.ts';
import { Random } from './random.ts';

const writers = 50;
const textsEach = 10;
const seed = process.env['CHATIQ_SEED'] ?? String(Math.floor(Math.random() * 1e9));
const backend = inject('backend');
const sql = postgres(backend.databaseUrl, { max: writers, onnotice: () => undefined });
const conversation = uuidv7();
let callers: Caller[];

beforeAll(async () => {
	const tenant = await createTenant(backend, sql, 'Writers');
	const operators = [await tenant.addMember('owner'), await tenant.addMember('admin')];
	const visitor = await tenant.addVisitor();
	await visitor.client
		.rpc('start_conversation', { conversation_id: conversation, message_id: uuidv7(), body: 'Hi' })
		.throwOnError();
	// The visitor's five stay below the rate limit of 60 messages a minute.
	const kinds = [asVisitor(visitor), ...operators.map(asOperator)];
	const kindOf = (i: number) => (i < 5 ? kinds[0] : kinds[1 + (i % 2)]);
	callers = Array.from({ length: writers }, (_, i) => kindOf(i)).filter((one) => one !== undefined);
});
afterAll(() => sql.end());

async function write(caller: Caller, id: string, body: string, commit: boolean): Promise<void> {
	const rolledBack = new Error('rolled back');
	try {
		await sql.begin(async (transaction) => {
			await become(transaction, caller);
			if (caller.role === 'anon') {
				await transaction`select public.send_visitor_message(${id}, ${conversation}, ${body})`;
			} else {
				await transaction`select public.send_operator_message(${id}, ${conversation}, ${body}, 1000000)`;
			}
			if (!commit) throw rolledBack;
		});
	} catch (error) {
		if (error !== rolledBack) throw error;
	}
}

it(`${writers} writers at once get numbers without holes (CHATIQ_SEED=${seed})`, async () => {
	const expected: string[] = ['Hi'];
	await Promise.all(
		callers.map(async (caller, i) => {
			const random = new Random(`${seed}/writer ${i}`);
			for (let n = 0; n < textsEach; n++) {
				const [id, body] = [uuidv7(), `${i}: ${n}`];
				expected.push(body);
				// A crash in the middle, then the answer is lost, then it arrives: one text all the same.
				if (random.chance(0.2)) await write(caller, id, body, false);
				if (random.chance(0.3)) {
					await Promise.all([write(caller, id, body, true), write(caller, id, body, true)]);
				} else await write(caller, id, body, true);
			}
		})
	);
	const rows = await sql<{ seq: number; body: string; in_order: boolean }[]>`
		select seq, body, coalesce(created_at > lag(created_at) over (order by seq), true) as in_order
		from public.messages where conversation_id = ${conversation} order by seq`;
	expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
	expect(rows.map(({ body }) => body).sort()).toEqual(expected.sort());
	expect(rows.filter((row) => !row.in_order)).toEqual([]);
	const [entry] = await sql<{ last_seq: number; visitor_message_count: number }[]>`
		select last_seq, visitor_message_count from public.conversations where id = ${conversation}`;
	expect(entry).toEqual({
		last_seq: 1 + writers * textsEach,
		visitor_message_count: 1 + 5 * textsEach
	});
});
