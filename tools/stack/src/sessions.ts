import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { asLost } from './realtime/database-errors.ts';

/** A statement, its values apart: sql`select ${id}::uuid as id`. */
export type Sql = <Rows extends readonly object[]>(
	text: TemplateStringsArray,
	...values: unknown[]
) => Promise<Rows>;

export interface Sessions {
	sql: Sql;
	/** Several statements, sent at once: one transaction. */
	script(text: string): Promise<void>;
	close(): Promise<void>;
}

export interface SessionsOptions {
	name: string;
	max: number;
	connectTimeoutMs?: number;
	statementTimeoutMs?: number;
	/** Kept for ever without it. */
	idleMs?: number;
}

const goodbyeMs = 1_000;

/**
 * Sessions that outlive a server that is killed and started again. Not those of postgres.js: one that
 * dies with a statement in its buffer sends nothing after its reconnect, and whoever gets it waits
 * until the connect times out, time and again.
 */
export function openSessions(databaseUrl: string, options: SessionsOptions): Sessions {
	const { name, max, connectTimeoutMs = 10_000, statementTimeoutMs, idleMs = 0 } = options;
	const pool = new pg.Pool({
		connectionString: databaseUrl,
		max,
		application_name: name,
		connectionTimeoutMillis: connectTimeoutMs,
		idleTimeoutMillis: idleMs,
		...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
		options: '-c TimeZone=UTC -c DateStyle=ISO'
	});
	// Without listeners the death of a session would be ours; the query under way tells of it.
	pool.on('error', () => undefined);
	pool.on('connect', (session) => session.on('error', () => undefined));
	const names = new StatementNames();
	return {
		sql: async <Rows extends readonly object[]>(
			text: TemplateStringsArray,
			...values: unknown[]
		) => {
			const statement = { name: names.of(text), text: numbered(text), values };
			const { rows } = await pool.query(statement).catch(asLost);
			return rows as unknown as Rows;
		},
		async script(text) {
			await pool.query(text).catch(asLost);
		},
		// One that does not answer is not waited for: it ends with the server.
		close: () => Promise.race([pool.end(), delay(goodbyeMs, undefined, { ref: false })])
	};
}

/** Each statement of the source is prepared once in a session. */
class StatementNames {
	readonly #names = new WeakMap<TemplateStringsArray, string>();
	#count = 0;

	of(text: TemplateStringsArray): string {
		const name = this.#names.get(text) ?? `s${++this.#count}`;
		this.#names.set(text, name);
		return name;
	}
}

function numbered(text: TemplateStringsArray): string {
	return text.reduce((whole, part, index) => `${whole}$${index}${part}`);
}
