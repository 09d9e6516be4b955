import type { InboxPage } from '@chatiq/contracts/conversation';
import { pageSize } from '#lib/inbox/api.ts';
import { filterOf, listArguments } from '#lib/inbox/list/filter.ts';
import { readPanes } from '#lib/inbox/panes.ts';
import type { LayoutServerLoad } from './$types';

/** The first page of the list, drawn at once; when it fails here, the page tries by itself. */
export const load: LayoutServerLoad = async ({ locals, url, cookies, parent, untrack }) => {
	const { sites, labels, me, organization } = await parent();
	const filter = untrack(() =>
		filterOf(url, {
			siteIds: sites.map((site) => site.id),
			labelIds: labels.map((label) => label.id)
		})
	);
	const { data } = await locals.supabase.rpc('list_inbox', {
		...listArguments(filter, me.id, null),
		organization_id: organization.id,
		max_rows: pageSize.inbox
	});
	return {
		filter,
		// docs/api.md: the function answers an InboxPage; the generated type only knows that it is JSON.
		firstPage: data as unknown as InboxPage | null,
		panes: readPanes(cookies.get('panes'))
	};
};
