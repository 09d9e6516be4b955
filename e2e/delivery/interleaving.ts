import { uuidv7 } from '@chatiq/contracts/ids';
import fc from 'fast-check';
import postgres from 'postgres';
import { become, type Caller } from './as-caller.ts';

const acts = ['send', 'repeat', 'edit', 'redact', 'react', 'take back', 'read', 'close'] as const;

/** One thing that happens: in an open transaction (the first one begins it), to one, or a look at everything. */
export type Step =
	| {
			kind: 'act';
			act: (typeof acts)[number];
			transaction: number;
			conversation: number;
			pick: number;
	  }
	| { kind: 'end'; transaction: number; commit: boolean }
	| { kind: 'look' };

export const steps = (transactions: number, conversations: number): fc.Arbitrary<Step[]> =>
	fc.array(
		fc.oneof(
			{
				weight: 8,
				arbitrary: fc.record({
					kind: fc.constant('act' as const),
					act: fc.constantFrom(...acts),
					transaction: fc.nat(transactions - 1),
					conversation: fc.nat(conversations - 1),
					pick: fc.nat(20)
				})
			},
			{
				weight: 3,
				arbitrary: fc.record({
					kind: fc.constant('end' as const),
					transaction: fc.nat(transactions - 1),
					commit: fc.boolean()
				})
			},
			{ weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) }
		),
		{ minLength: 10, maxLength: 45 }
	);

/** A transaction of one caller that stays open from step to step. */
interface Open {
	connection: postgres.ReservedSql;
	holds: Set<number>;
}

interface Sent {
	id: string;
	body: string;
	conversation: number;
	transaction: number;
}

/** Refusals that the rules allow; anything else is a fault. */
const allowed = /^(message_redacted|message_not_found|forbidden|stale_reply)$/;

/** Words that the search index knows already: two writers of a new word would wait for each other. */
const bodies = ['один', 'два', 'три', 'один два', 'два три', 'один два три'] as const;
export const everyWord = 'один два три';

/** Runs steps one after another on real connections; who would have to wait for a lock does not act. */
export class Interleaving {
	readonly #sql: postgres.Sql;
	readonly #callers: readonly Caller[];
	readonly #conversations: readonly string[];
	readonly #open = new Map<number, Open>();
	readonly #sent: Sent[] = [];

	/** Transaction `n` is always of caller `n`. */
	constructor(sql: postgres.Sql, callers: readonly Caller[], conversations: readonly string[]) {
		this.#sql = sql;
		this.#callers = callers;
		this.#conversations = conversations;
	}

	async act({ act, transaction, conversation, pick }: Step & { kind: 'act' }): Promise<void> {
		const held = [...this.#open].some(
			([n, { holds }]) => n !== transaction && holds.has(conversation)
		);
		if (held) return;
		const open = this.#open.get(transaction) ?? (await this.#begin(transaction));
		open.holds.add(conversation);
		await this.#tryIt(open, (sql) => this.#perform(sql, act, transaction, conversation, pick));
	}

	async end(transaction: number, commit: boolean): Promise<void> {
		const open = this.#open.get(transaction);
		if (!open) return;
		await open.connection.unsafe(commit ? 'commit' : 'rollback');
		open.connection.release();
		this.#open.delete(transaction);
	}

	async endAll(): Promise<void> {
		for (const n of [...this.#open.keys()]) await this.end(n, true);
	}

	async #begin(transaction: number): Promise<Open> {
		const connection = await this.#sql.reserve();
		const open = { connection, holds: new Set<number>() };
		this.#open.set(transaction, open);
		await connection`begin`;
		await connection`set local statement_timeout = '10s'`;
		const caller = this.#callers[transaction];
		if (caller) await become(connection, caller);
		return open;
	}

	async #tryIt({ connection }: Open, run: (sql: postgres.ReservedSql) => Promise<unknown>) {
		await connection`savepoint act`;
		try {
			await run(connection);
		} catch (error) {
			if (!(error instanceof postgres.PostgresError && allowed.test(error.message))) throw error;
			await connection`rollback to savepoint act`;
		}
	}

	#perform(
		sql: postgres.ReservedSql,
		act: (typeof acts)[number],
		transaction: number,
		conversation: number,
		pick: number
	): Promise<unknown> | postgres.PendingQuery<postgres.Row[]> {
		const id = this.#conversations[conversation] ?? '';
		const known = this.#sent.filter((one) => one.conversation === conversation);
		const some = known[pick % Math.max(known.length, 1)]?.id ?? uuidv7();
		switch (act) {
			case 'send': {
				const sent = {
					id: uuidv7(),
					body: bodies[pick % bodies.length] ?? '',
					conversation,
					transaction
				};
				this.#sent.push(sent);
				return this.#send(sql, sent);
			}
			case 'repeat': {
				const mine = known.filter((one) => one.transaction === transaction);
				const sent = mine[pick % Math.max(mine.length, 1)];
				return sent ? this.#send(sql, sent) : Promise.resolve();
			}
			case 'edit':
				return sql`select public.edit_message(${some}, ${bodies[(pick * 5) % bodies.length] ?? ''})`;
			case 'redact':
				return sql`select public.redact_message(${some})`;
			case 'react':
				return sql`select public.react_to_message(${some}, '👍')`;
			case 'take back':
				return sql`select public.react_to_message(${some}, '👍', false)`;
			case 'read':
				return sql`select public.mark_read(${id}, ${pick})`;
			case 'close':
				return this.#callers[transaction]?.role === 'anon'
					? Promise.resolve()
					: sql`select public.set_conversation_status(${id}, ${pick % 2 ? 'closed' : 'open'})`;
		}
	}

	#send(sql: postgres.ReservedSql, { id, body, conversation, transaction }: Sent) {
		const place = this.#conversations[conversation] ?? '';
		return this.#callers[transaction]?.role === 'anon'
			? sql`select public.send_visitor_message(${id}, ${place}, ${body})`
			: sql`select public.send_operator_message(${id}, ${place}, ${body}, 1000000)`;
	}
}
