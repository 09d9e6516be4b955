import type { Backend } from './backend.ts';

export interface ReceivedMail {
	messageId: string | null;
	replyTo: string | null;
	from: string;
	to: string[];
	subject: string;
	text: string;
	html: string | null;
}

/** What the stack's mailbox has for an address, oldest first. */
export async function mailsTo(backend: Backend, address: string): Promise<ReceivedMail[]> {
	const response = await fetch(
		`${backend.url}/mailbox/api/messages?to=${encodeURIComponent(address)}`
	);
	const { messages } = (await response.json()) as { messages: ReceivedMail[] };
	return messages.reverse();
}
