import { oneLine } from './mailer/one-line.ts';
import { JobFailure } from './job-failure.ts';
import { resendTransport } from './mailer/resend.ts';
import { smtpTransport } from './mailer/smtp.ts';
import type { Env, Transport } from './mailer/transport.ts';

export interface OutgoingMail {
	to: string;
	/** The same at every try: receivers drop repeats by the Message-ID that is made of it. */
	key: string;
	subject: string;
	/** Shown beside the sender's address. */
	fromName: string;
	text: string;
	html: string;
	/** Where an answer goes; without it to the sender. */
	replyTo?: string | undefined;
	/** Ends such mails with one request (RFC 8058). */
	unsubscribeUrl?: string | undefined;
}

export interface Mailer {
	send(mail: OutgoingMail): Promise<void>;
	/** The address that leads to a conversation; none where answers by e-mail do not come in. */
	replyAddress(token: string): string | undefined;
}

const address = /^[^@\s<>(),;:"\\]+@[^@\s<>(),;:"\\]+$/;

/** Sends as the secrets say: `MAIL_PROVIDER` by HTTP, otherwise `SMTP_*`; locally that is the stack's mailbox. */
export function createMailer(env: Env): Mailer {
	let transport: Transport | undefined;
	return {
		replyAddress(token) {
			const domain = env('INBOUND_DOMAIN');
			return domain ? `reply+${token}@${domain}` : undefined;
		},
		async send({ to, key, subject, fromName, text, html, replyTo, unsubscribeUrl }) {
			if (!address.test(to)) throw new JobFailure('The address is not usable.', { final: true });
			transport ??= transportFor(env);
			await transport({
				...{ to, key, text, html, replyTo },
				from: env('MAIL_FROM') ?? env('SMTP_FROM') ?? 'chat@localhost',
				fromName: oneLine(fromName),
				subject: oneLine(subject),
				headers: {
					// Answering machines keep quiet when they see it.
					'auto-submitted': 'auto-generated',
					'x-auto-response-suppress': 'All',
					...(unsubscribeUrl
						? {
								'list-unsubscribe': `<${unsubscribeUrl}>`,
								'list-unsubscribe-post': 'List-Unsubscribe=One-Click'
							}
						: {})
				}
			});
		}
	};
}

function transportFor(env: Env): Transport {
	const provider = env('MAIL_PROVIDER') ?? 'smtp';
	if (provider === 'resend') return resendTransport(env);
	if (provider === 'smtp') return smtpTransport(env);
	throw new JobFailure('MAIL_PROVIDER is neither smtp nor resend.');
}
