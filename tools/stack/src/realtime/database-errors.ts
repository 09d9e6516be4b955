/** The SQLSTATE or, for a connection, the driver's or the system's code. */
export function sqlState(error: unknown): string | undefined {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	return typeof code === 'string' ? code : undefined;
}

const lostConnection = new Set([
	'CONNECTION_CLOSED',
	'CONNECTION_DESTROYED',
	'CONNECT_TIMEOUT',
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'57P01', // terminated by an administrator
	'57P02', // crash of another backend
	'57P03' // starting up or shutting down
]);

export function isConnectionLost(error: unknown): boolean {
	const code = sqlState(error);
	return code !== undefined && (lostConnection.has(code) || code.startsWith('08'));
}

/** The session died, which `pg` says in words alone. */
class SessionLost extends Error {
	readonly code = 'CONNECTION_CLOSED';
}

/** All sessions were taken for too long, by policies that take their time. */
export class SessionsTaken extends Error {
	readonly code = 'SESSIONS_TAKEN';
}

/** Throws what `pg` threw, so that `isConnectionLost` and `databaseReason` know it. */
export function asLost(error: unknown): never {
	const text = error instanceof Error && !('code' in error) ? error.message : '';
	if (/^(Connection terminated|Client has encountered)/.test(text))
		throw new SessionLost(text, { cause: error });
	if (text.startsWith('timeout exceeded when trying'))
		throw new SessionsTaken(text, { cause: error });
	throw error;
}

/** A violated check has the same state; the text tells them apart. */
export function isMissingPartition(error: unknown): boolean {
	return sqlState(error) === '23514' && /no partition of relation "messages/.test(String(error));
}

/** What a rejected join says about a database that failed, or null when a policy did. */
export function databaseReason(error: unknown): string | null {
	if (isConnectionLost(error)) {
		return 'UnableToConnectToProject: Realtime was unable to connect to the project database';
	}
	if (isMissingPartition(error)) {
		return 'MissingPartition: Realtime was unable to find the expected messages partition';
	}
	if (error instanceof SessionsTaken) {
		return 'IncreaseConnectionPool: Please increase your connection pool size';
	}
	switch (sqlState(error)) {
		case '53300':
			return "DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect";
		case '57014':
			return 'QueryCanceled: Query was cancelled, please try again';
		default:
			return null;
	}
}
