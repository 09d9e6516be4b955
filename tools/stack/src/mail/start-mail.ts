import { join } from 'node:path';
import type { AuthConfig } from '../auth/config.ts';
import type { Route } from '../gateway/answer.ts';
import { answerHandler, type Answers } from './answers.ts';
import type { Mail, OnMail } from './mail.ts';
import { mailboxRoute } from './mailbox-route.ts';
import { Mailbox } from './mailbox.ts';
import { createRelay } from './relay.ts';
import { openSmtpDoor } from './smtp-door.ts';

export type MailService = {
	mailbox: Mailbox;
	/** `/mailbox`: pages for people, JSON for tests. */
	route: Route;
	/** Where Auth leaves its mails. */
	onMail: OnMail;
	/** Of the local SMTP door. */
	smtp: { host: string; port: number };
	/** For edge functions. */
	environment: Record<string, string> & { SMTP_HOST: string; SMTP_PORT: string };
	close: () => Promise<void>;
};

/** The stack's mailbox with its two doors; with `[auth.email.smtp]` Auth sends real mail instead. */
export async function startMail(options: {
	dataDirectory: string;
	auth: AuthConfig;
	smtpPort: number;
	log: (line: string) => void;
	onMail?: OnMail | undefined;
	/** What comes to the product's own domain goes on to it. */
	answers?: Answers | undefined;
}): Promise<MailService> {
	const { auth, log, onMail } = options;
	const mailbox = new Mailbox(join(options.dataDirectory, 'mail'));
	const onAnswer = options.answers ? answerHandler(options.answers, log) : () => Promise.resolve();
	const door = await openSmtpDoor({ mailbox, port: options.smtpPort, log, onAnswer });
	const { smtp } = auth.email;
	const relay = smtp?.enabled === true ? createRelay(smtp) : null;
	const keep = async (mail: Mail) => {
		const { kind, to, subject, text, html, link, code } = mail;
		const from = smtp?.admin_email ?? 'auth@localhost';
		await mailbox.add({
			...{ source: 'auth' as const, kind, from, to: [to], attachments: [] },
			...{ subject, text, html, link, code }
		});
	};
	return {
		mailbox,
		route: mailboxRoute(mailbox),
		async onMail(mail) {
			await (relay === null ? keep(mail) : relay.send(mail));
			await onMail?.(mail);
		},
		smtp: { host: door.host, port: door.port },
		environment: {
			SMTP_HOST: door.host,
			SMTP_PORT: String(door.port),
			SMTP_USER: '',
			SMTP_PASS: ''
		},
		async close() {
			relay?.close();
			await door.close();
		}
	};
}
