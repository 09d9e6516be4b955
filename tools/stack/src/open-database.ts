import postgres from 'postgres';

export type SessionOptions = Pick<
	postgres.Options<Record<string, never>>,
	'max' | 'connect_timeout' | 'connection'
>;

/**
 * For work that is done and over; what outlives the server takes `openSessions`. It asks the server
 * for nothing of its own: a session that breaks while postgres.js asks for the types of arrays fails
 * where nobody hears of it. So it knows no arrays; see `arrayLiteral`.
 */
export function openDatabase(databaseUrl: string, options: SessionOptions): postgres.Sql {
	return postgres(databaseUrl, {
		fetch_types: false,
		// The server is on this machine and comes back soon; by default waits grow to 20 s.
		backoff: () => 0.05,
		connect_timeout: 10,
		onnotice: () => undefined,
		...options
	});
}

/** An array as Postgres reads it, to be followed by its type: `${arrayLiteral(names)}::text[]`. */
export function arrayLiteral(values: Iterable<string>): string {
	const quoted = Array.from(values, (value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
	return `{${quoted.join()}}`;
}
