import type postgres from 'postgres';
import { openDatabase } from './open-database.ts';

/**
 * Opens a connection as one role for as long as `use` runs. A server that dies meanwhile makes `use`
 * fail; the end of a dead connection, which never comes by itself, is not waited for.
 */
export async function withDatabase<Result>(
	databaseUrl: string,
	use: (sql: postgres.Sql) => Promise<Result>
): Promise<Result> {
	const sql = openDatabase(databaseUrl, { max: 1 });
	try {
		return await use(sql);
	} finally {
		await sql.end({ timeout: 1 });
	}
}
