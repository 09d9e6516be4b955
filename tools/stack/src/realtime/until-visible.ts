import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../sessions.ts';

/** Far more than a server needs that can be of use at all. */
const patienceMs = 5_000;

/**
 * The WAL tells of a commit a moment before other sessions see its rows. Transaction ids are
 * compared without their epoch, which changes after four billion of them. Throws when it takes too long.
 */
export async function untilVisible(sql: Sql, xids: Iterable<number>): Promise<void> {
	const asked = [...new Set(xids)].map(String);
	const end = Date.now() + patienceMs;
	for (;;) {
		const [row] = await sql<{ visible: boolean | null }[]>`
			select bool_and(pg_visible_in_snapshot(xid::xid8, pg_current_snapshot())) as visible
			from unnest(${asked}::text[]) as xid`;
		if (row?.visible !== false) return;
		if (Date.now() > end) throw new Error('a committed transaction does not become visible');
		await delay(1);
	}
}
