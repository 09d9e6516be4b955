import type { Message } from '@chatiq/contracts/message';

/** The place of a message in a conversation's address. */
const messageParameter = 'at';

/** An address of the message that a colleague can open. */
export function messageLink({ conversation_id, seq }: Message): string {
	return new URL(`/inbox/${conversation_id}?${messageParameter}=${seq}`, location.origin).href;
}

/** The same list with a message in it. */
export function withMessage(search: string, seq: number): string {
	const parameters = new URLSearchParams(search);
	parameters.set(messageParameter, String(seq));
	return `?${parameters}`;
}

/** The `seq` that an address asks for. */
export function messageAt(url: { searchParams: Pick<URLSearchParams, 'get'> }): number | null {
	const seq = Number(url.searchParams.get(messageParameter));
	return Number.isInteger(seq) && seq > 0 ? seq : null;
}
