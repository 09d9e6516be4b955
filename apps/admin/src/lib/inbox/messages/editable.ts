import type { Message } from '@chatiq/contracts/message';

/** The database's window; it decides, this only hides what would be refused. */
export const editWindowMs = 15 * 60_000;

export function editable(message: Message, me: string, now: number): boolean {
	return (
		message.author_kind === 'operator' &&
		message.author_id === me &&
		message.redacted_at === null &&
		now - Date.parse(message.created_at) < editWindowMs
	);
}
