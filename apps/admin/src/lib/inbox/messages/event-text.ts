import type {
	CloseReason,
	ConversationEvent,
	ConversationPriority
} from '@chatiq/contracts/conversation';
import { m } from '@chatiq/i18n/console';
import { soonTime } from '#lib/i18n/time.ts';
import type { Membership } from '#lib/session/membership.ts';
import { closeReasonName } from '../conversation/close-reason-name.ts';
import { priorityName } from '../conversation/priority-name.ts';

/** What was done with a conversation, as a sentence. */
export function eventText(
	{ kind, actor_id, subject_id, detail }: ConversationEvent,
	{ people, sites }: Pick<Membership, 'people' | 'sites'>,
	now: number
): string {
	const nameOf = (id: string | null) => people.get(id ?? '')?.display_name ?? m.event_colleague();
	const by = actor_id === null ? m.event_automation() : nameOf(actor_id);
	const name = nameOf(subject_id);
	const own = actor_id === subject_id;
	switch (kind) {
		case 'assigned':
			return own ? m.event_took({ by }) : m.event_assigned({ by, name });
		case 'auto_assigned':
			return m.event_auto_assigned({ name });
		case 'unassigned':
			if (actor_id === null) return m.event_released({ name });
			return own ? m.event_left({ by }) : m.event_unassigned({ by, name });
		case 'closed':
			if (actor_id === null) return m.event_auto_closed();
			return detail === null
				? m.event_closed({ by })
				: m.event_closed_as({ by, reason: closeReasonName(detail as CloseReason) });
		case 'reopened':
			return detail === 'visitor' ? m.event_reopened_by_visitor() : m.event_reopened({ by });
		case 'snoozed':
			return m.event_snoozed({ by, time: soonTime(new Date(detail ?? ''), now) });
		case 'woken':
			return m.event_woken();
		case 'priority':
			return m.event_priority({ by, name: priorityName(detail as ConversationPriority) });
		case 'transferred': {
			const site = sites.find(({ id }) => id === subject_id)?.name ?? m.event_other_site();
			return m.event_transferred({ by, site });
		}
	}
}
