import type { InboxConversation } from '@chatiq/contracts/conversation';

/** How a visitor's waiting stands: without a target it only goes on. */
export interface ReplyClock {
	state: 'waits' | 'calm' | 'soon' | 'late';
	ms: number;
}

type Waiting = Pick<
	InboxConversation,
	'status' | 'waiting_since' | 'reply_warn_at' | 'reply_due_at'
>;

/** Null when nobody waits; else how long they have, or how long is left, or too late, in milliseconds. */
export function replyClock(row: Waiting, now: number): ReplyClock | null {
	if (row.waiting_since === null || row.status !== 'open') return null;
	if (row.reply_due_at === null) return { state: 'waits', ms: now - Date.parse(row.waiting_since) };
	const due = Date.parse(row.reply_due_at);
	if (due <= now) return { state: 'late', ms: now - due };
	const soon = row.reply_warn_at !== null && Date.parse(row.reply_warn_at) <= now;
	return { state: soon ? 'soon' : 'calm', ms: due - now };
}
