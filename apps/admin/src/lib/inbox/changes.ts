import type {
	CloseReason,
	ConversationPriority,
	ConversationStatus,
	InboxConversation
} from '@chatiq/contracts/conversation';

/** Something an operator does with a conversation as a whole. */
export type Change =
	| { kind: 'status'; status: Exclude<ConversationStatus, 'snoozed'>; reason?: CloseReason }
	/** Comes back at this time, or when the visitor writes. */
	| { kind: 'snooze'; until: string }
	| { kind: 'assignee'; assignee_id: string | null }
	| { kind: 'priority'; priority: ConversationPriority }
	| { kind: 'label'; label_id: string; on: boolean }
	/** I hear of it without having it, or not any more. */
	| { kind: 'follow'; on: boolean }
	/** To the team of another site; its own means back. Without a person, somebody gets it by turns or nobody has it. */
	| { kind: 'transfer'; site_id: string; assignee_id?: string };

/** What takes a change back, told from the conversation before it. */
export function inverse(change: Change, before: InboxConversation, now: number): Change {
	switch (change.kind) {
		case 'assignee':
			return { kind: 'assignee', assignee_id: before.assignee_id };
		case 'priority':
			return { kind: 'priority', priority: before.priority };
		case 'label':
			return { ...change, on: before.label_ids.includes(change.label_id) };
		case 'follow':
			return { kind: 'follow', on: !change.on };
		case 'transfer':
			return {
				...{ kind: 'transfer', site_id: before.team_site_id ?? before.site_id },
				...(before.assignee_id !== null && { assignee_id: before.assignee_id })
			};
		default:
			return formerState(before, now);
	}
}

function formerState(before: InboxConversation, now: number): Change {
	const { status, snoozed_until: until, close_reason: reason } = before;
	if (status === 'closed') return { kind: 'status', status, ...(reason && { reason }) };
	if (until !== null && Date.parse(until) > now) return { kind: 'snooze', until };
	return { kind: 'status', status: 'open' };
}
