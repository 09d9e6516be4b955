import type { Message } from '@chatiq/contracts/message';

/** The place of a message in a conversation's address. */
export const messageParameter = 'at';

/** An address of the message that a colleague can open. */
export function messageLink({ conversation_id, seq }: Message): string {
	return new URL(`/inbox/${conversation_id}?${messageParameter}=${seq}`, location.origin).href;
}

/** The `seq` that an address asks for. */
export function messageAt(url: URL): number | null {
	const seq = Number(url.searchParams.get(messageParameter));
	return Number.isInteger(seq) && seq > 0 ? seq : null;
}
