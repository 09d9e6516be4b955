import { readFile } from 'node:fs/promises';
import { openSessions } from '../sessions.ts';
import { withDatabase } from '../with-database.ts';
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
export function installRealtime(databaseUrl: string): Promise<boolean> {
	return withDatabase(databaseUrl, async (sql) => {
		let changed = false;
		for (const { file, ran } of scripts) {
			const [found] = await sql.unsafe<{ ran: boolean }[]>(`select ${ran} as ran`);
			if (found?.ran) continue;
			const script = await readFile(new URL(`../../sql/${file}`, import.meta.url), 'utf8');
			await sql.begin((transaction) => transaction.unsafe(script).simple());
			changed = true;
		}
		const { retentionDays } = defaultLimits;
		const sessions = openSessions(databaseUrl, { name: 'realtime', max: 1 });
		await new Partitions(sessions, { retentionDays, log: () => undefined })
			.maintain()
			.finally(() => sessions.close());
		return changed;
	});
}
