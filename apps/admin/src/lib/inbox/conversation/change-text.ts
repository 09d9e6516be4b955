import { m } from '@chatiq/i18n/console';
import { clock } from '#lib/i18n/clock.svelte.ts';
import { soonTime } from '#lib/i18n/time.ts';
import type { Membership } from '#lib/session/membership.ts';
import type { Change } from '../changes.ts';
import { priorityName } from './priority-name.ts';

/** What was done, for a toast. Labels show at once where they were chosen. */
export function changeText(
	change: Exclude<Change, { kind: 'label' }>,
	{ people, sites }: Pick<Membership, 'people' | 'sites'>
): string {
	switch (change.kind) {
		case 'status':
			return change.status === 'closed'
				? m.conversation_closed_toast()
				: m.conversation_reopened_toast();
		case 'snooze':
			return m.snoozed_toast({ time: soonTime(new Date(change.until), clock.now) });
		case 'assignee': {
			const name =
				change.assignee_id === null ? null : people.get(change.assignee_id)?.display_name;
			return name ? m.assign_to({ name }) : m.assign_freed_toast();
		}
		case 'follow':
			return change.on ? m.followed_toast() : m.unfollowed_toast();
		case 'transfer': {
			const site = sites.find(({ id }) => id === change.site_id)?.name ?? m.event_other_site();
			return m.transferred_toast({ site });
		}
		case 'priority':
			return m.priority_toast({ name: priorityName(change.priority) });
	}
}
