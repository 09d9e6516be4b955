import { readFile } from 'node:fs/promises';
import postgres from 'postgres';

/** Creates the objects of schema realtime, as the superuser. Answers whether it had to. */
export async function installRealtime(databaseUrl: string): Promise<boolean> {
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		const [found] = await sql`select to_regclass('realtime.messages') as messages`;
		if (found?.messages !== null) return false;
		const script = await readFile(new URL('../../sql/realtime.sql', import.meta.url), 'utf8');
		await sql.begin((transaction) => transaction.unsafe(script).simple());
		return true;
	} finally {
		await sql.end();
	}
}
