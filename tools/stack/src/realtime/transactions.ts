import pg from 'pg';
import { asLost } from './database-errors.ts';

/** A statement of a transaction. The name is that of its prepared form in each session. */
export type Query = <Row extends pg.QueryResultRow>(
	name: string,
	text: string,
	values: unknown[]
) => Promise<Row[]>;

type End = 'commit' | 'rollback';

/**
 * Transactions on sessions of their own. Not by `begin` of postgres.js: it sends a rollback to a
 * session that died inside of it, and the whole process ends of that (porsager/postgres#1208).
 */
export class Transactions {
	readonly #pool: pg.Pool;

	/** Waits `waitMs` for a session when all `max` are taken. */
	constructor(databaseUrl: string, { max, waitMs }: { max: number; waitMs: number }) {
		this.#pool = new pg.Pool({
			connectionString: databaseUrl,
			max,
			application_name: 'realtime',
			connectionTimeoutMillis: waitMs,
			statement_timeout: 10_000,
			options: '-c TimeZone=UTC -c DateStyle=ISO'
		});
		// Without listeners the death of a session would be ours; the query under way tells of it.
		this.#pool.on('error', () => undefined);
		this.#pool.on('connect', (session) => session.on('error', () => undefined));
	}

	async run<T>(end: End, work: (query: Query) => Promise<T>): Promise<T> {
		const session = await this.#pool.connect().catch(asLost);
		try {
			await session.query('begin');
			const query: Query = async <Row extends pg.QueryResultRow>(
				...[name, text, values]: Parameters<Query>
			) => (await session.query<Row>({ name, text, values })).rows;
			const result = await work(query);
			await session.query(end);
			session.release();
			return result;
		} catch (error) {
			await giveUp(session);
			return asLost(error);
		}
	}

	close(): Promise<void> {
		return this.#pool.end();
	}
}

/** A session that cannot roll back is no use to the next transaction. */
async function giveUp(session: pg.PoolClient): Promise<void> {
	try {
		await session.query('rollback');
		session.release();
	} catch {
		session.release(true); // why it failed is told already
	}
}
