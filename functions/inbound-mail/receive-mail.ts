import { createHash } from 'node:crypto';
import type { MailOutcome, ReplyRecipient } from '@chatiq/contracts/mails';
import { filled } from '@chatiq/i18n/fill';
import { textsOf, type Texts } from '@chatiq/mails/texts';
import { refusal, type ServiceClient } from '../_shared/database.ts';
import { answeredText } from './answer/answered-text.ts';
import { writtenByMachine, type Ourselves } from './answer/automatic.ts';
import { htmlText } from './answer/html-text.ts';
import { ownFiles, withoutPlaces } from './answer/own-files.ts';
import { partsOf } from './answer/parts.ts';
import type { InboundMail } from './inbound.ts';
import type { MailFile } from './mail-file.ts';
import { takeFiles, type TakenFiles } from './take-files.ts';

interface Answer {
	parts: string[];
	late_parts: string[];
	attachment_ids?: string[];
	refusal?: 'automatic' | 'empty';
}

const empty: Answer = { parts: [], late_parts: [], refusal: 'empty' };
/** So many names of refused files fit into a message. */
const mostNamed = 20;

/** Hands an answer to the database, which knows who may still answer; tells what became of it. */
export async function receiveMail(
	mail: InboundMail,
	us: Ourselves,
	client: ServiceClient
): Promise<MailOutcome | 'repeated'> {
	const token = tokenIn(mail.to, us.domain);
	if (token === null) return 'unknown';
	const place = { token, message_id: idOf(mail) };
	const { data, error } = await client.rpc('reply_recipient', { ...place, sender: mail.from });
	if (error) throw refusal(error);
	const answer = writtenByMachine(mail, us)
		? { parts: [], late_parts: [], refusal: 'automatic' as const }
		: await answerOf(mail, us, data as unknown as ReplyRecipient | null, (files) =>
				takeFiles(files, place, client)
			);
	const stored = await client.rpc('receive_reply', { ...place, sender: mail.from, ...answer });
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

async function answerOf(
	mail: InboundMail,
	us: Ourselves,
	recipient: ReplyRecipient | null,
	takeAll: (files: MailFile[]) => Promise<TakenFiles>
): Promise<Answer> {
	const { inbound } = textsOf(recipient?.language ?? 'en');
	const files = ownFiles(mail.files, mail.html);
	const written = withoutPlaces(writtenText(mail, us), files);
	if (written === '' && files.length === 0) return empty;
	// Of a mail that will not be stored nothing is looked at.
	const { ids, refused } =
		recipient?.outcome === null ? await takeAll(files) : { ids: [], refused: [] };
	const text = [written, refusedText(refused, inbound)].filter((part) => part !== '').join('\n\n');
	return {
		parts: text === '' ? [''] : partsOf(text, inbound.cut),
		late_parts: partsOf(`${inbound.late}\n\n${text}`, inbound.cut),
		attachment_ids: ids
	};
}

function writtenText({ text, html }: InboundMail, us: Ourselves): string {
	return answeredText(text.trim() === '' ? htmlText(html) : text, {
		replyLines: [textsOf('en').replyLine, textsOf('uk').replyLine].map((line) =>
			line.replace(/^— | —$/g, '')
		),
		addresses: [us.address, `@${us.domain}`]
	});
}

/** Names what was not taken, and why. */
export function refusedText(refused: TakenFiles['refused'], texts: Texts['inbound']): string {
	if (refused.length === 0) return '';
	const files = refused.map(({ name, reason }) =>
		filled(texts.file, { name, reason: texts[reason] })
	);
	const named = files.slice(0, mostNamed);
	if (files.length > mostNamed) named.push('…');
	return filled(texts.files, { files: named.join(', ') });
}

/** A mail without an id is known by all that it says. */
function idOf({ id, from, subject, text, html, headers }: InboundMail): string {
	if (id) return id.trim();
	const content = JSON.stringify([from, subject, text, html, headers.get('date') ?? '']);
	return createHash('sha256').update(content).digest('hex');
}
