import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import { isConnectionLost, isMissingPartition, sqlState } from './database-errors.ts';
import type { Claims } from './token.ts';

/** What a policy can tell apart; `persistence` is asked about for writing only. */
export type Extension = 'broadcast' | 'presence' | 'persistence';

export interface Caller {
	claims: Claims;
	headers: Record<string, string>;
}

class Rollback extends Error {}

/**
 * Asks the policies on realtime.messages by trying: a row is inserted, or looked for, in the
 * caller's role, and the transaction is rolled back, so nothing is stored or broadcast.
 */
export class Authorizer {
	readonly #sql: postgres.Sql;
	readonly #createPartitions: () => Promise<void>;
	readonly #waitMs: number;

	constructor(sql: postgres.Sql, createPartitions: () => Promise<void>, waitMs: number) {
		this.#sql = sql;
		this.#createPartitions = createPartitions;
		this.#waitMs = waitMs;
	}

	/** What of `extensions` the caller may receive on the topic. */
	readable(topic: string, caller: Caller, extensions: Extension[]): Promise<Set<Extension>> {
		return this.#probe(async (tx) => {
			const rows = await tx<{ id: string; extension: Extension }[]>`
				insert into realtime.messages (topic, extension, inserted_at, updated_at)
				select ${topic}, extension, timezone('utc', now()), timezone('utc', now())
				from unnest(${extensions}::text[]) as extension
				returning id, extension`;
			await become(tx, topic, caller);
			const seen = await tx<{ id: string }[]>`
				select id from realtime.messages where id = any(${rows.map((row) => row.id)}::uuid[])`;
			const ids = new Set(seen.map((row) => row.id));
			return new Set(rows.filter((row) => ids.has(row.id)).map((row) => row.extension));
		});
	}

	/** What of `extensions` the caller may send on the topic. */
	writable(topic: string, caller: Caller, extensions: Extension[]): Promise<Set<Extension>> {
		return this.#probe(async (tx) => {
			await become(tx, topic, caller);
			const allowed = new Set<Extension>();
			for (const extension of extensions) {
				try {
					// No `returning`: it would ask the select policy as well.
					await tx.savepoint(
						(savepoint) => savepoint`
							insert into realtime.messages (topic, extension, inserted_at, updated_at)
							values (${topic}, ${extension}, timezone('utc', now()), timezone('utc', now()))`
					);
					allowed.add(extension);
				} catch (error) {
					if (sqlState(error) !== '42501') throw error;
				}
			}
			return allowed;
		});
	}

	/** Repeats a probe over a missing partition and, for a while, over a restarting database. */
	async #probe<T>(ask: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
		const deadline = Date.now() + this.#waitMs;
		let createdPartitions = false;
		for (;;) {
			try {
				return await this.#once(ask);
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

	async #once<T>(ask: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
		let answer: { value: T } | undefined;
		try {
			await this.#sql.begin(async (tx) => {
				answer = { value: await ask(tx) };
				throw new Rollback();
			});
		} catch (error) {
			if (!(error instanceof Rollback)) throw error;
		}
		if (!answer) throw new Error('a probe ended without an answer');
		return answer.value;
	}
}

/** The settings that policies read, for the rest of the transaction. */
async function become(tx: postgres.TransactionSql, topic: string, caller: Caller): Promise<void> {
	const { claims, headers } = caller;
	const subject = typeof claims.sub === 'string' ? claims.sub : '';
	await tx`
		select
			set_config('realtime.topic', ${topic}, true),
			set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
			set_config('request.jwt.claim.sub', ${subject}, true),
			set_config('request.jwt.claim.role', ${claims.role}, true),
			set_config('request.headers', ${JSON.stringify(headers)}, true),
			set_config('role', ${claims.role}, true)`;
}
