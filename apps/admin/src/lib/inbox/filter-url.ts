import type { InboxFilter } from './api.ts';

/** The list a URL asks for: `?status=closed&site=…`. Sites that are not mine are ignored. */
export function filterOf(url: URL, siteIds: readonly string[]): InboxFilter {
	const site = url.searchParams.get('site');
	return {
		status: url.searchParams.get('status') === 'closed' ? 'closed' : 'open',
		site_id: siteIds.find((id) => id === site) ?? null
	};
}

export function filterSearch({ status, site_id }: InboxFilter): string {
	const search = new URLSearchParams();
	if (status === 'closed') search.set('status', 'closed');
	if (site_id !== null) search.set('site', site_id);
	return search.size > 0 ? `?${search}` : '';
}
