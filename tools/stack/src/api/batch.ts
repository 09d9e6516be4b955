import type pg from 'pg';

export type Statement = {
	text: string;
	values?: readonly (string | null)[];
	/** Keeps the statement prepared in the session. */
	prepared?: boolean;
};

export type Rows = (string | null)[][];

// What pg's own queries use of a connection; its types leave it out.
type Connection = pg.Connection & {
	stream: { cork(): void; uncork(): void };
	parsedStatements: Record<string, string>;
	parse(message: { name: string; text: string; types: [] }): void;
	close(message: { type: 'S'; name: string }): void;
	bind(message: { statement: string; values: readonly (string | null)[] }): void;
	execute(message: object): void;
	sync(): void;
};

/** More would cost the server memory for statements that nobody repeats. */
const preparedAtMost = 500;
const names = new Map<string, string>();
let named = 0;

/** After a change of the schema: Postgres remembers the types that parameters had. */
export function forgetPrepared(): void {
	names.clear();
}

/** Empty for one that is not kept. */
function nameOf(text: string): string {
	const known = names.get(text);
	if (known !== undefined) return known;
	if (names.size >= preparedAtMost) return '';
	const name = `chatiq_${++named}`;
	names.set(text, name);
	return name;
}

/**
 * Statements sent together in one round trip. They are one transaction: Postgres opens it at the
 * first and commits at the sync that ends them, unless they begin one themselves.
 */
export function runBatch(
	session: pg.PoolClient,
	statements: readonly Statement[]
): Promise<Rows[]> {
	return new Promise((resolve, reject) => {
		const batch = new Batch(statements, resolve, reject);
		session.query(batch as unknown as pg.Submittable);
	});
}

/** A query in the form that pg calls back while its messages arrive. */
class Batch {
	readonly #statements: readonly Statement[];
	readonly #resolve: (results: Rows[]) => void;
	readonly #reject: (error: Error) => void;
	readonly #results: Rows[] = [];
	#rows: Rows = [];
	/** By this batch, which is sure only when all of it succeeds. */
	readonly #parsed = new Map<string, string>();

	constructor(
		statements: readonly Statement[],
		resolve: (results: Rows[]) => void,
		reject: (error: Error) => void
	) {
		this.#statements = statements;
		this.#resolve = resolve;
		this.#reject = reject;
	}

	submit(connection: Connection): null {
		connection.stream.cork();
		for (const { text, values = [], prepared = false } of this.#statements) {
			const statement = prepared ? nameOf(text) : '';
			if (!this.#isParsed(statement, connection)) {
				// One of that name may be left from a batch that failed; to close none is no error.
				if (statement !== '') connection.close({ type: 'S', name: statement });
				connection.parse({ name: statement, text, types: [] });
				if (statement !== '') this.#parsed.set(statement, text);
			}
			connection.bind({ statement, values });
			connection.execute({});
		}
		connection.sync();
		connection.stream.uncork();
		return null;
	}

	#isParsed(statement: string, { parsedStatements }: Connection): boolean {
		if (statement === '') return false;
		return this.#parsed.has(statement) || parsedStatements[statement] !== undefined;
	}

	handleRowDescription(): void {
		// Never asked for: the texts are all that is wanted.
	}

	handleDataRow({ fields }: { fields: (string | null)[] }): void {
		this.#rows.push(fields);
	}

	handleCommandComplete(): void {
		this.#results.push(this.#rows);
		this.#rows = [];
	}

	handleEmptyQuery(): void {
		this.handleCommandComplete();
	}

	handleError(error: Error): void {
		this.#reject(error);
	}

	handleReadyForQuery(connection: Connection): void {
		for (const [name, text] of this.#parsed) connection.parsedStatements[name] = text;
		this.#resolve(this.#results);
	}
}
