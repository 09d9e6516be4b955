import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';

/**
 * The WAL tells of a commit a moment before other sessions see its rows. Transaction ids are
 * compared without their epoch, which changes after four billion of them.
 */
export async function untilVisible(sql: postgres.Sql, xids: Iterable<number>): Promise<void> {
	const asked = [...new Set(xids)].map(String);
	for (;;) {
		const [row] = await sql<{ visible: boolean | null }[]>`
			select bool_and(pg_visible_in_snapshot(xid::xid8, pg_current_snapshot())) as visible
			from unnest(${asked}::text[]) as xid`;
		if (row?.visible !== false) return;
		await delay(1);
	}
}
