import * as z from 'zod/mini';
import { refusal } from '../_shared/database.ts';
import { kind } from './kind.ts';

/** Counts one day of a site anew. */
export const refreshStatsKind = kind(
	z.object({ site_id: z.uuid(), day: z.iso.date() }),
	async ({ site_id, day }, { client }) => {
		const { error } = await client.rpc('refresh_stats', { site_id, day });
		if (error) throw refusal(error);
	}
);
