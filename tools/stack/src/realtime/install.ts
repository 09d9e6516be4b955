import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { defaultLimits } from './options.ts';
import { Partitions } from './retention.ts';

/** Each script and whether it has run: a data directory of an older version lacks the later ones. */
const scripts = [
	{ file: 'realtime.sql', ran: `to_regclass('realtime.messages') is not null` },
	{ file: 'realtime-changes.sql', ran: `to_regclass('realtime.subscription') is not null` },
	{
		file: 'realtime-persist.sql',
		ran: `exists (select from pg_attribute
			where attrelid = 'realtime.messages'::regclass and attname = 'skip_broadcast')`
	}
];

/**
 * Creates the objects of schema realtime, as the superuser, and the partitions of these days, so
 * that migrations and seeds can send before the server runs. Answers whether anything was new.
 */
export async function installRealtime(databaseUrl: string): Promise<boolean> {
	const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
	try {
		let changed = false;
		for (const { file, ran } of scripts) {
			const [found] = await sql.unsafe<{ ran: boolean }[]>(`select ${ran} as ran`);
			if (found?.ran) continue;
			const script = await readFile(new URL(`../../sql/${file}`, import.meta.url), 'utf8');
			await sql.begin((transaction) => transaction.unsafe(script).simple());
			changed = true;
		}
		const { retentionDays } = defaultLimits;
		await new Partitions(sql, { retentionDays, log: () => undefined }).maintain();
		return changed;
	} finally {
		await sql.end();
	}
}
