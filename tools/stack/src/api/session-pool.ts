import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { ResultTypes } from './result-types.ts';

// A session that was busy so lately is taken for alive: under load the check costs nothing.
const trustedForMs = 100;

/**
 * Database sessions that outlive a restart of Postgres. When the server is killed its sessions die
 * one after another, some only when they are used next; such a one is replaced before a request
 * gets it.
 */
export class SessionPool implements PostgresPool {
	readonly #pool: pg.Pool;
	readonly #releasedAt = new WeakMap<pg.PoolClient, number>();

	constructor(databaseUrl: string, types: ResultTypes) {
		this.#pool = new pg.Pool({
			connectionString: databaseUrl,
			max: 16,
			connectionTimeoutMillis: 5_000,
			types
		});
		// The query under way fails by itself; without listeners, for idle and for busy sessions, the
		// death of a session would be ours.
		this.#pool.on('error', () => undefined);
		this.#pool.on('connect', (session) => session.on('error', () => undefined));
		this.#pool.on('release', (_error, session) => {
			this.#releasedAt.set(session, performance.now());
		});
	}

	async connect(): Promise<PostgresPoolClient & pg.PoolClient> {
		for (;;) {
			const session = await this.#pool.connect();
			if (await this.#answers(session)) return session;
			session.release(true);
		}
	}

	/** Many statements at once. */
	async runScript(script: string): Promise<void> {
		await this.#pool.query(script);
	}

	query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> {
		return this.#pool.query(text, values);
	}

	async end(): Promise<void> {
		await this.#pool.end();
	}

	async #answers(session: pg.PoolClient): Promise<boolean> {
		const releasedAt = this.#releasedAt.get(session);
		if (releasedAt === undefined || performance.now() - releasedAt < trustedForMs) return true;
		try {
			await session.query('');
			return true;
		} catch {
			return false; // it is replaced; if the server is gone, connecting says so
		}
	}
}
