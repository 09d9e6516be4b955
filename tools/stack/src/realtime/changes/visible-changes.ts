import type { Sql } from '../../sessions.ts';
import type { RowChange } from '../pgoutput.ts';
import { untilVisible } from '../until-visible.ts';
import { walJson } from './wal-json.ts';

/** A change as some of the subscriptions may see it. */
export interface VisibleChange {
	ids: string[];
	/** The message's `data`, as JSON: its numbers may be larger than ours. */
	data: string;
}

/** Asks the filters and policies of all subscribers, in the order of the changes. */
export async function whoMaySee(sql: Sql, changes: RowChange[]): Promise<VisibleChange[]> {
	await untilVisible(
		sql,
		changes.map(({ xid }) => xid)
	);
	return sql<VisibleChange[]>`
		select subscription_ids::text[] as ids, (
			case when wal ? 'columns' then '{}'
				else '{"columns": [], "record": {}, "commit_timestamp": null}' end::jsonb
			|| wal || jsonb_build_object('errors', to_jsonb(nullif(errors, '{}')))
		)::text as data
		from unnest(${changes.map(walJson)}::text[]) with ordinality as change (json, n),
			realtime.apply_rls(json::jsonb)
		order by n`;
}
