import type { InboxConversation, MyInboxConversation } from '@chatiq/contracts/conversation';
import { compareRows, compareTimes } from '../recency.ts';

export const inboxViews = [
	...(['open', 'mine', 'unassigned', 'waiting', 'followed', 'snoozed', 'closed'] as const)
] as const;
export type InboxView = (typeof inboxViews)[number];

/** Which list: `open` is all that is open, on all sites, with or without labels. */
export interface InboxFilter {
	view: InboxView;
	site_id: string | null;
	label_id: string | null;
}

/** The list a URL asks for: `?view=mine&site=…&label=…`. What is not mine, or not there any more, is ignored. */
export function filterOf(
	url: URL,
	known: { siteIds: readonly string[]; labelIds: readonly string[] }
): InboxFilter {
	const { searchParams } = url;
	// `status=closed` is how it was written at first.
	const view = searchParams.get('view') ?? searchParams.get('status');
	return {
		view: inboxViews.find((name) => name === view) ?? 'open',
		site_id: known.siteIds.find((id) => id === searchParams.get('site')) ?? null,
		label_id: known.labelIds.find((id) => id === searchParams.get('label')) ?? null
	};
}

export function filterSearch({ view, site_id, label_id }: InboxFilter): string {
	const search = new URLSearchParams();
	if (view !== 'open') search.set('view', view);
	if (site_id !== null) search.set('site', site_id);
	if (label_id !== null) search.set('label', label_id);
	return search.size > 0 ? `?${search}` : '';
}

const questionParameter = 'q';

/** What is searched for in the list stands in the address too. */
export function withQuestion(search: string, question: string): string {
	const parameters = new URLSearchParams(search);
	if (question.trim() === '') parameters.delete(questionParameter);
	else parameters.set(questionParameter, question.trim());
	return parameters.size > 0 ? `?${parameters}` : '';
}

export const questionOf = (url: URL): string => url.searchParams.get(questionParameter) ?? '';

export const keyOf = ({ view, site_id, label_id }: InboxFilter): string =>
	[view, site_id, label_id].join(':');

/** Arguments of `list_inbox` for a page of this list, behind the last row of the page before. */
export function listArguments(
	{ view, site_id, label_id }: InboxFilter,
	me: string,
	last: MyInboxConversation | null
) {
	const before = view === 'waiting' ? last?.waiting_since : last?.last_message_at;
	return {
		status: view === 'snoozed' || view === 'closed' ? view : ('open' as const),
		longest_waiting: view === 'waiting',
		unassigned: view === 'unassigned',
		followed: view === 'followed',
		...(view === 'mine' && { assignee_id: me }),
		...(site_id !== null && { site_id }),
		...(label_id !== null && { label_id }),
		...(last && before && { before, before_id: last.id })
	};
}

/** Whether a conversation stands in this list, as the database decides it. */
export function inList(row: InboxConversation, filter: InboxFilter, me: string): boolean {
	// What another team has now stands in the lists of that team.
	if (filter.site_id !== null && (row.team_site_id ?? row.site_id) !== filter.site_id) return false;
	if (filter.label_id !== null && !row.label_ids.includes(filter.label_id)) return false;
	const { view } = filter;
	if (view === 'snoozed' || view === 'closed') return row.status === view;
	if (row.status !== 'open') return false;
	if (view === 'mine') return row.assignee_id === me;
	if (view === 'unassigned') return row.assignee_id === null;
	if (view === 'followed') return row.follower_ids.includes(me);
	return view === 'open' || row.waiting_since !== null;
}

/** The order of a list: newest message first, or whoever has waited longest. */
export function orderOf(view: InboxView) {
	return view === 'waiting' ? compareWaiting : compareRows;
}

function compareWaiting(a: InboxConversation, b: InboxConversation): number {
	const byTime = compareTimes(a.waiting_since ?? '', b.waiting_since ?? '');
	return byTime || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
