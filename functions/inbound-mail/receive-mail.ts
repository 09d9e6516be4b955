import { createHash } from 'node:crypto';
import type { MailOutcome, ReplyRecipient } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { textsOf } from '@chatiq/mails/texts';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { answeredText } from './answer/answered-text.ts';
import { writtenByMachine, type Ourselves } from './answer/automatic.ts';
import { htmlText } from './answer/html-text.ts';
import { partsOf } from './answer/parts.ts';
import type { InboundMail } from './inbound.ts';

export interface Answer {
	parts: string[];
	late_parts: string[];
	refusal?: 'automatic' | 'empty';
}

/** Hands an answer to the database, which knows who may still answer; tells what became of it. */
export async function receiveMail(
	mail: InboundMail,
	us: Ourselves,
	client: ServiceClient
): Promise<MailOutcome | 'repeated'> {
	const token = tokenIn(mail.to, us.domain);
	if (token === null) return 'unknown';
	const { data, error } = await client.rpc('reply_recipient', { token });
	if (error) throw refusal(error);
	const recipient = data as unknown as ReplyRecipient | null;
	const answer = writtenByMachine(mail, us)
		? { parts: [], late_parts: [], refusal: 'automatic' as const }
		: answerOf(mail, us, recipient?.language ?? 'en');
	const stored = await client.rpc('receive_reply', {
		...{ token, sender: mail.from, message_id: idOf(mail) },
		...answer
	});
	if (stored.error) throw refusal(stored.error);
	return stored.data as MailOutcome | 'repeated';
}

function tokenIn(to: string[], domain: string): string | null {
	for (const address of to) {
		const [name = '', host] = address.split('@');
		const token = /^reply\+([0-9a-f]{40})$/.exec(name)?.[1];
		if (token && host === domain) return token;
	}
	return null;
}

export function answerOf(mail: InboundMail, us: Ourselves, language: 'en' | 'uk'): Answer {
	const { inbound } = textsOf(language);
	const written = answeredText(mail.text.trim() === '' ? htmlText(mail.html) : mail.text, {
		replyLines: [textsOf('en').replyLine, textsOf('uk').replyLine].map((line) =>
			line.replace(/^— | —$/g, '')
		),
		addresses: [us.address, `@${us.domain}`]
	});
	const { files } = mail;
	const left =
		files.length === 0
			? ''
			: filled(inbound.files, {
					count: files.length,
					names: files.slice(0, 10).join(', ').slice(0, 500)
				});
	const text = [written, left].filter((part) => part !== '').join('\n\n');
	if (text === '') return { parts: [], late_parts: [], refusal: 'empty' };
	return {
		parts: partsOf(text, inbound.cut),
		late_parts: partsOf(`${inbound.late}\n\n${text}`, inbound.cut)
	};
}

/** A mail without an id is known by all that it says. */
function idOf({ id, from, subject, text, html, headers }: InboundMail): string {
	if (id) return id.trim();
	const content = JSON.stringify([from, subject, text, html, headers.get('date') ?? '']);
	return createHash('sha256').update(content).digest('hex');
}
