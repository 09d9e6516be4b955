import type { PostgrestClient } from '@supabase/postgrest-js';
import type {
	Analytics,
	LateReplies,
	LiveStats,
	StatConversations
} from '@chatiq/contracts/analytics';
import type { Database } from '@chatiq/contracts/database';
import { failureOf } from '#lib/inbox/failure.ts';
import type { Membership } from '#lib/session/membership.ts';
import { queryArguments, type AnalyticsQuery, type DrillDown } from './analytics-query.ts';

export interface AnalyticsApi {
	read(query: AnalyticsQuery): Promise<Analytics>;
	live(query: AnalyticsQuery): Promise<LiveStats>;
	late(query: AnalyticsQuery): Promise<LateReplies>;
	/** Has today and yesterday counted anew; answers how many days that are. */
	freshen(query: AnalyticsQuery): Promise<number>;
	conversations(
		query: AnalyticsQuery,
		of: DrillDown,
		before: string | null
	): Promise<StatConversations>;
}

type Rest = PostgrestClient<Database>;
type Scope = Pick<Membership, 'organizations' | 'sites'>;
type Answer = Awaited<ReturnType<Rest['rpc']>>;

/** docs/api.md says what these functions answer; the generated types only know that it is JSON. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the answer
function dataOf<T>({ data, error, status }: Pick<Answer, 'data' | 'error' | 'status'>): T {
	if (error) throw failureOf({ status, error });
	return data as unknown as T;
}

/** `of`: who belongs to several organisations sees the numbers of one, by its sites. */
export function supabaseAnalytics(rest: () => Rest, of: Scope): AnalyticsApi {
	const everywhere =
		of.organizations.length > 1 ? { site_ids: of.sites.map((site) => site.id) } : {};
	const sitesOf = ({ site_id }: AnalyticsQuery) =>
		site_id === null ? everywhere : { site_ids: [site_id] };
	return {
		read: async (query) =>
			dataOf(await rest().rpc('read_analytics', { ...everywhere, ...queryArguments(query) })),
		live: async (query) => dataOf(await rest().rpc('read_live_stats', sitesOf(query))),
		late: async (query) =>
			dataOf(await rest().rpc('read_late_replies', { ...everywhere, ...queryArguments(query) })),
		freshen: async (query) => dataOf(await rest().rpc('freshen_stats', sitesOf(query))),
		conversations: async (query, { measure, page }, before) =>
			dataOf(
				await rest().rpc('list_stat_conversations', {
					...{ ...everywhere, ...queryArguments(query), measure },
					...(page !== null && { page }),
					...(before !== null && { before })
				})
			)
	};
}
