import type { InboundMail } from '../inbound.ts';

/** Where our own mails come from. */
export interface Ourselves {
	/** Of the sender, in small letters. */
	address: string;
	/** Where answers go. */
	domain: string;
}

const machines = /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+@-]|$)/i;
const subjects =
	/^(auto(matic)?[ -]?(reply|response|antwort)|out of (the )?office|undeliver(ed|able)|delivery status notification|mail delivery (failed|subsystem)|returned mail|автоматична відповідь|автовідповідь|не в офісі|недоставлен|не доставлен|автоматический ответ|автоответ)/iu;

/**
 * Whether a machine wrote it: an answer to an answer of a machine would never end (RFC 3834 and what came before it).
 * Lists and newsletters are machines too.
 */
export function writtenByMachine(mail: InboundMail, us: Ourselves): boolean {
	const header = (name: string) => (mail.headers.get(name) ?? '').trim().toLowerCase();
	const submitted = header('auto-submitted');
	return (
		(submitted !== '' && !submitted.startsWith('no')) ||
		/\b(bulk|junk|list|auto_reply)\b/.test(header('precedence')) ||
		/\b(all|oof|autoreply)\b/.test(header('x-auto-response-suppress')) ||
		['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-failed-recipients'].some((name) =>
			mail.headers.has(name)
		) ||
		[...mail.headers.keys()].some((name) => name.startsWith('list-')) ||
		header('content-type').startsWith('multipart/report') ||
		mail.envelopeFrom === '' ||
		machines.test(mail.from) ||
		machines.test(mail.envelopeFrom ?? '') ||
		subjects.test(mail.subject.trim()) ||
		ours(mail, us)
	);
}

/** One of our own mails, sent around. */
function ours({ from, id }: InboundMail, { address, domain }: Ourselves): boolean {
	const host = address.split('@')[1] ?? '';
	const ownId = /^<?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@([^>]+)>?$/i.exec(id?.trim() ?? '');
	return from === address || from.endsWith(`@${domain}`) || ownId?.[2]?.toLowerCase() === host;
}
