import type { Transporter } from 'nodemailer';
import { withoutPersonalData } from '../_shared/log.ts';
import { JobFailure } from './job-failure.ts';

export interface OutgoingMail {
	to: string;
	/** The same at every try: receivers drop repeats by the Message-ID that is made of it. */
	key: string;
	subject: string;
	/** Shown beside the sender's address. */
	fromName: string;
	text: string;
	html: string;
	/** Ends such mails with one request (RFC 8058). */
	unsubscribeUrl?: string | undefined;
}

export interface Mailer {
	send(mail: OutgoingMail): Promise<void>;
}

const address = /^[^@\s<>(),;:"\\]+@[^@\s<>(),;:"\\]+$/;
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Sends by SMTP as the secrets `SMTP_*` say; locally that is the stack's mailbox. */
export function createMailer(env: (name: string) => string | undefined): Mailer {
	let transport: Promise<Transporter> | undefined;
	return {
		async send({ to, key, subject, fromName, text, html, unsubscribeUrl }) {
			if (!address.test(to)) throw new JobFailure('The address is not usable.', { final: true });
			const from = env('SMTP_FROM') ?? 'chat@localhost';
			transport ??= connect(env);
			const mail = {
				from: { name: oneLine(fromName), address: from },
				to: { name: '', address: to },
				subject: oneLine(subject),
				messageId: `<${key}@${from.split('@')[1] ?? 'localhost'}>`,
				text,
				html,
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
			};
			await (await transport).sendMail(mail).catch((error: unknown) => {
				throw failure(error);
			});
		}
	};
}

// Loaded with the first mail: most runs send none, and a cold start is what a settings change waits for.
async function connect(env: (name: string) => string | undefined): Promise<Transporter> {
	const host = env('SMTP_HOST');
	if (!host) throw new JobFailure('SMTP_HOST is not set.');
	const port = Number(env('SMTP_PORT') ?? 465);
	const [user, pass] = [env('SMTP_USER'), env('SMTP_PASS')];
	const { createTransport } = await import('nodemailer');
	return createTransport({
		...{ host, port, secure: port === 465, ...timeouts },
		...(user && pass ? { auth: { user, pass } } : {}),
		disableFileAccess: true,
		disableUrlAccess: true
	});
}

/** A name or subject may come from anybody: a line break in it would begin another header. */
export function oneLine(text: string): string {
	return text
		.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
		.trim()
		.slice(0, 200);
}

/** 5xx about this recipient or mail is final; a wrong password or an absent server is not this mail's fault. */
function failure(error: unknown): JobFailure {
	const { responseCode, code, message } = error as {
		responseCode?: number;
		code?: string;
		message: string;
	};
	const final =
		(code === 'EENVELOPE' || code === 'EMESSAGE') &&
		responseCode !== undefined &&
		responseCode >= 500;
	return new JobFailure(`SMTP: ${withoutPersonalData(message)}`, { final, cause: error });
}
