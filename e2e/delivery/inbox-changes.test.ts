import type { InboxChanges, InboxPage } from '@chatiq/contracts/conversation';
import { uuidv7 } from '@chatiq/contracts/ids';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTenant, type Person } from '../support/tenant.ts';
import { pause } from './faulty-line.ts';
import { Random } from './random.ts';

const conversations = 24;
const writers = 12;
const rounds = 25;
const followers = 4;
const seed = process.env['CHATIQ_SEED'] ?? String(Math.floor(Math.random() * 1e9));
const backend = inject('backend');
const sql = postgres(backend.databaseUrl, { max: writers + 2, onnotice: () => undefined });

let operator: Person;
let ids: string[];
/** What is surely committed: the version that each conversation carries in its preview. */
const committed = new Map<string, number>();

beforeAll(async () => {
	const tenant = await createTenant(backend, sql, 'Changes');
	operator = await tenant.addMember('owner');
	const visitor = await tenant.addVisitor();
	ids = Array.from({ length: conversations }, () => uuidv7()).sort();
	for (const conversation_id of ids) {
		// The limit on new conversations is not what this is about.
		await sql`delete from private.rate_buckets`;
		await visitor.client
			.rpc('start_conversation', { conversation_id, message_id: uuidv7(), body: '0' })
			.throwOnError();
		committed.set(conversation_id, 0);
	}
});
afterAll(() => sql.end());

/** Raises the version of a few conversations in one transaction that stays open for a while. */
async function raise(random: Random): Promise<void> {
	const rolledBack = new Error('rolled back');
	const raised = new Map<string, number>();
	// In one order everywhere, so that transactions wait for each other but never in a circle.
	const chosen = ids.filter(() => random.chance(0.1));
	try {
		await sql.begin(async (transaction) => {
			for (const id of chosen) {
				const [row] = await transaction<{ version: number }[]>`
					update public.conversations set last_message_preview = (last_message_preview::integer + 1)::text
					where id = ${id} returning last_message_preview::integer as version`;
				raised.set(id, row?.version ?? NaN);
				await pause(random.between(0, 15));
			}
			if (random.chance(0.15)) throw rolledBack;
			await pause(random.between(0, 60));
		});
	} catch (error) {
		if (error !== rolledBack) throw error;
		return;
	}
	for (const [id, version] of raised) {
		committed.set(id, Math.max(version, committed.get(id) ?? 0));
	}
}

/** Follows the cursor; after every step it knows at least what was committed before the step began. */
class Follower {
	readonly known = new Map<string, number>();
	#cursor = '';

	async begin(): Promise<void> {
		const { data } = await operator.client.rpc('list_inbox', { max_rows: 200 }).throwOnError();
		this.#take(data as unknown as InboxPage);
	}

	async step(): Promise<void> {
		const before = new Map(committed);
		const { data } = await operator.client
			.rpc('inbox_changes_since', { cursor: this.#cursor })
			.throwOnError();
		const changes = data as unknown as InboxChanges;
		expect(changes.reset).toBe(false);
		this.#take(changes);
		const missed = [...before].filter(([id, version]) => (this.known.get(id) ?? -1) < version);
		expect(missed).toEqual([]);
	}

	#take({ conversations, cursor }: Pick<InboxPage, 'conversations' | 'cursor'>): void {
		for (const row of conversations) this.known.set(row.id, Number(row.last_message_preview));
		this.#cursor = cursor;
	}
}

it(`a cursor misses no change, in whatever order commits come (CHATIQ_SEED=${seed})`, async () => {
	let writing = true;
	const all = Array.from({ length: followers }, () => new Follower());
	await Promise.all(all.map((follower) => follower.begin()));
	const following = all.map(async (follower, i) => {
		const random = new Random(`${seed}/follower ${i}`);
		while (writing) {
			await follower.step();
			await pause(random.between(0, i * 80));
		}
		await follower.step();
	});
	await Promise.all([
		...Array.from({ length: writers }, async (_, i) => {
			const random = new Random(`${seed}/changes ${i}`);
			for (let round = 0; round < rounds; round++) await raise(random);
		})
	]).finally(() => {
		writing = false;
	});
	await Promise.all(following);
	const rows = await sql<{ id: string; version: number }[]>`
		select id, last_message_preview::integer as version from public.conversations where id = any (${ids})`;
	const truth = new Map(rows.map(({ id, version }) => [id, version]));
	expect([...truth.values()].reduce((sum, version) => sum + version)).toBeGreaterThan(
		writers * rounds
	);
	for (const { known } of all) expect(known).toEqual(truth);
});
