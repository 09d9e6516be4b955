import type { Message } from '@chatiq/contracts/message';
import { uuidv7 } from '@chatiq/contracts/ids';
import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTenant, type Visitor } from '../support/tenant.ts';
import { asOperator, asVisitor, type Caller } from './as-caller.ts';
import { Follower } from './follower.ts';
import { everyWord, Interleaving, steps, type Step } from './interleaving.ts';

const sends = Number(process.env['CHATIQ_SENDS'] ?? 1000);
const seed = Number(process.env['CHATIQ_SEED'] ?? Math.floor(Math.random() * 1e9));
const longestMs = sends > 3000 ? 120_000 : 15_000;
const backend = inject('backend');
// Prepared statements would outlive the role that made them.
const sql = postgres(backend.databaseUrl, { max: 8, onnotice: () => undefined });

let visitor: Visitor;
let callers: Caller[];
let watcher: Caller;
let last: Promise<void> | undefined;

beforeAll(async () => {
	const tenant = await createTenant(backend, sql, 'Interleavings');
	visitor = await tenant.addVisitor();
	const operators = [await tenant.addMember('owner'), await tenant.addMember('admin')];
	callers = [asVisitor(visitor), ...operators.map(asOperator)];
	watcher = asOperator(await tenant.addMember('admin'));
});
afterAll(async () => {
	// When time is up, the last run is still on its way with transactions that are open: it ends like all others.
	await last;
	await sql.end();
});

async function newConversations(): Promise<string[]> {
	// The limits are not what this is about.
	await sql`delete from private.rate_buckets`;
	const ids = [uuidv7(), uuidv7(), uuidv7()];
	for (const conversation_id of ids) {
		await visitor.client
			.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: everyWord })
			.throwOnError();
	}
	return ids;
}

const facts = (message: Message) => ({
	id: message.id,
	seq: message.seq,
	body: message.body,
	reactions: message.reactions,
	redacted: message.redacted_at !== null,
	change_seq: message.change_seq
});

/** What a client that has caught up knows is what is committed, and what is committed keeps the promises. */
async function look(
	follower: Follower,
	ids: readonly string[],
	reads: Map<string, number>
): Promise<void> {
	await follower.catchUp();
	const stored = Map.groupBy(
		await sql<
			Message[]
		>`select * from public.messages where conversation_id = any (${ids}) order by seq`,
		({ conversation_id }) => conversation_id
	);
	const rows = await sql<
		{
			id: string;
			last_seq: number;
			last_change_seq: number;
			status: string;
			visitor_read_seq: number;
			team_read_seq: number;
		}[]
	>`
		select id, last_seq, last_change_seq, status, visitor_read_seq, team_read_seq
		from public.conversations where id = any (${ids})`;
	for (const row of rows) {
		const messages = stored.get(row.id) ?? [];
		expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
		expect(row.last_seq).toBe(messages.length);
		expect(row.last_change_seq).toBe(Math.max(...messages.map(({ change_seq }) => change_seq)));
		expect(follower.rows.get(row.id)).toMatchObject(row);
		expect(follower.messages(row.id).map(facts)).toEqual(messages.map(facts));
		for (const field of ['visitor_read_seq', 'team_read_seq'] as const) {
			const key = `${row.id} ${field}`;
			expect(row[field]).toBeGreaterThanOrEqual(reads.get(key) ?? 0);
			expect(row[field]).toBeLessThanOrEqual(row.last_seq);
			reads.set(key, row[field]);
		}
	}
}

async function run(all: readonly Step[]): Promise<void> {
	const ids = await newConversations();
	const follower = new Follower(sql, watcher);
	await follower.begin(ids);
	const reads = new Map<string, number>();
	const interleaving = new Interleaving(sql, callers, ids);
	try {
		for (const step of all) {
			if (step.kind === 'act') await interleaving.act(step);
			else if (step.kind === 'end') await interleaving.end(step.transaction, step.commit);
			else await look(follower, ids, reads);
		}
	} finally {
		await interleaving.endAll();
	}
	await look(follower, ids, reads);
}

it(
	`transactions in any order of writing and ending: one number each, and a cursor misses nothing (CHATIQ_SEED=${seed})`,
	async () => {
		await fc.assert(
			fc.asyncProperty(steps(3, 3), (all) => (last = run(all))),
			{
				seed,
				numRuns: sends > 3000 ? 1000 : 60,
				interruptAfterTimeLimit: longestMs
			}
		);
	},
	longestMs * 4
);
