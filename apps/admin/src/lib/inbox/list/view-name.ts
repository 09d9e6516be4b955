import { m } from '@chatiq/i18n/console';
import type { InboxView } from './filter.ts';

const names: Record<InboxView, () => string> = {
	open: m.inbox_view_open,
	mine: m.inbox_view_mine,
	unassigned: m.inbox_view_unassigned,
	waiting: m.inbox_view_waiting,
	followed: m.inbox_view_followed,
	snoozed: m.inbox_view_snoozed,
	closed: m.inbox_view_closed
};

export const viewName = (view: InboxView): string => names[view]();
