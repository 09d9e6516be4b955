import type { InboxPage } from '@chatiq/contracts/conversation';
import { pageSize } from '#lib/inbox/api.ts';
import { filterOf } from '#lib/inbox/filter.ts';
import { readPanes } from '#lib/inbox/panes.ts';
import type { LayoutServerLoad } from './$types';

/** The first page of the list, drawn at once; when it fails here, the page tries by itself. */
export const load: LayoutServerLoad = async ({ locals, url, cookies, parent, untrack }) => {
	const { sites } = await parent();
	const filter = untrack(() =>
		filterOf(
			url,
			sites.map((site) => site.id)
		)
	);
	const { status, site_id } = filter;
	const { data } = await locals.supabase.rpc('list_inbox', {
		status,
		max_rows: pageSize.inbox,
		...(site_id === null ? {} : { site_id })
	});
	return {
		filter,
		// docs/api.md: the function answers an InboxPage; the generated type only knows that it is JSON.
		firstPage: data as unknown as InboxPage | null,
		panes: readPanes(cookies.get('panes'))
	};
};
