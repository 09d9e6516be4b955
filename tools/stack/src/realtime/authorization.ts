import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionLost, isMissingPartition, sqlState } from './database-errors.ts';
import type { Claims } from './token.ts';
import type { Query, Transactions } from './transactions.ts';

/** What a policy can tell apart; `persistence` is asked about for writing only. */
export type Extension = 'broadcast' | 'presence' | 'persistence';

export interface Caller {
	claims: Claims;
	headers: Record<string, string>;
}

/**
 * Asks the policies on realtime.messages by trying: a row is inserted, or looked for, in the
 * caller's role, and the transaction is rolled back, so nothing is stored or broadcast.
 */
export class Authorizer {
	readonly #transactions: Transactions;
	readonly #createPartitions: () => Promise<void>;
	readonly #waitMs: number;

	constructor(transactions: Transactions, createPartitions: () => Promise<void>, waitMs: number) {
		this.#transactions = transactions;
		this.#createPartitions = createPartitions;
		this.#waitMs = waitMs;
	}

	/** What of `extensions` the caller may receive on the topic. */
	readable(topic: string, caller: Caller, extensions: Extension[]): Promise<Set<Extension>> {
		return this.#probe(async (query) => {
			const rows = await query<{ id: string; extension: Extension }>(
				'probe reading',
				`insert into realtime.messages (topic, extension, inserted_at, updated_at)
				select $1, extension, timezone('utc', now()), timezone('utc', now())
				from unnest($2::text[]) as extension
				returning id, extension`,
				[topic, extensions]
			);
			await become(query, topic, caller);
			const seen = await query<{ id: string }>(
				'see',
				'select id from realtime.messages where id = any($1::uuid[])',
				[rows.map((row) => row.id)]
			);
			const ids = new Set(seen.map((row) => row.id));
			return new Set(rows.filter((row) => ids.has(row.id)).map((row) => row.extension));
		});
	}

	/** What of `extensions` the caller may send on the topic. */
	writable(topic: string, caller: Caller, extensions: Extension[]): Promise<Set<Extension>> {
		return this.#probe(async (query) => {
			await become(query, topic, caller);
			const allowed = new Set<Extension>();
			for (const extension of extensions) {
				await query('before', 'savepoint probe', []);
				try {
					// No `returning`: it would ask the select policy as well.
					await query(
						'probe writing',
						`insert into realtime.messages (topic, extension, inserted_at, updated_at)
						values ($1, $2, timezone('utc', now()), timezone('utc', now()))`,
						[topic, extension]
					);
					allowed.add(extension);
				} catch (error) {
					if (sqlState(error) !== '42501') throw error;
				}
				await query('back', 'rollback to savepoint probe', []);
			}
			return allowed;
		});
	}

	/** Repeats a probe over a missing partition and, for a while, over a restarting database. */
	async #probe<T>(ask: (query: Query) => Promise<T>): Promise<T> {
		const deadline = Date.now() + this.#waitMs;
		let createdPartitions = false;
		for (;;) {
			try {
				return await this.#transactions.run('rollback', ask);
			} catch (error) {
				if (isMissingPartition(error) && !createdPartitions) {
					createdPartitions = true;
					await this.#createPartitions();
				} else if (isConnectionLost(error) && Date.now() < deadline) {
					await delay(50);
				} else {
					throw error;
				}
			}
		}
	}
}

/** The settings that policies read, for the rest of the transaction. */
async function become(query: Query, topic: string, caller: Caller): Promise<void> {
	const { claims, headers } = caller;
	const subject = typeof claims.sub === 'string' ? claims.sub : '';
	await query(
		'become',
		`select
			set_config('realtime.topic', $1, true),
			set_config('request.jwt.claims', $2, true),
			set_config('request.jwt.claim.sub', $3, true),
			set_config('request.jwt.claim.role', $4, true),
			set_config('request.headers', $5, true),
			set_config('role', $4, true)`,
		[topic, JSON.stringify(claims), subject, claims.role, JSON.stringify(headers)]
	);
}
