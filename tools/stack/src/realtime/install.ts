import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { defaultLimits } from './options.ts';
import { Partitions } from './retention.ts';

/**
 * Creates the objects of schema realtime, as the superuser, and the partitions of these days, so
 * that migrations and seeds can send before the server runs. Answers whether the schema was new.
 */
export async function installRealtime(databaseUrl: string): Promise<boolean> {
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		const [found] = await sql`select to_regclass('realtime.messages') as messages`;
		const missing = found?.messages === null;
		if (missing) {
			const script = await readFile(new URL('../../sql/realtime.sql', import.meta.url), 'utf8');
			await sql.begin((transaction) => transaction.unsafe(script).simple());
		}
		const { retentionDays } = defaultLimits;
		await new Partitions(sql, { retentionDays, log: () => undefined }).maintain();
		return missing;
	} finally {
		await sql.end();
	}
}
