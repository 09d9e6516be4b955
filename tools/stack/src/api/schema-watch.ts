import postgres from 'postgres';
import type { ApiConnection } from './connection.ts';

/** Reloads the schema when the database says so: `notify pgrst`, which every migration causes. */
export async function watchSchema(
	databaseUrl: string,
	connection: ApiConnection
): Promise<() => Promise<void>> {
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined, backoff: () => 0.2 });
	const reload = () => void connection.clearSchemaCache();
	// The second callback runs again after a reconnection, when notifications may have been missed.
	await sql.listen('pgrst', reload, reload);
	return () => sql.end({ timeout: 1 });
}
