import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerSession } from 'smtp-server';
import type { Mailbox, NewMessage } from './mailbox.ts';

export type SmtpDoor = { host: string; port: number; close: () => Promise<void> };

const host = '127.0.0.1';
/** A file as large as the product takes them, written in letters, and some words. */
const largest = 16 * 1024 * 1024;

/** Takes any mail of this machine into the mailbox; nothing ever leaves. */
export async function openSmtpDoor(options: {
	mailbox: Mailbox;
	/** 0 takes a free one. */
	port: number;
	log: (line: string) => void;
	/** Hears of each mail after it was stored. */
	onAnswer: (mail: NewMessage, parsed: Email) => Promise<void>;
}): Promise<SmtpDoor> {
	const { mailbox, log, onAnswer } = options;
	const server = new SMTPServer({
		...{ banner: 'ChatIQ local mailbox', size: largest, disabledCommands: ['STARTTLS'] },
		...{ authOptional: true, disableReverseLookup: true, logger: false },
		// Programs that insist on logging in may: there is nothing to protect.
		allowInsecureAuth: true,
		onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
		onData: (stream, session, done) => {
			receive(stream, session)
				.then(async ({ mail, parsed }) => {
					if (stream.sizeExceeded) {
						done(Object.assign(new Error('Message too large'), { responseCode: 552 }));
						return;
					}
					await mailbox.add(mail);
					done(null);
					await onAnswer(mail, parsed);
				})
				.catch((error: unknown) => {
					log(`A mail could not be stored: ${String(error)}`);
					done(error instanceof Error ? error : new Error(String(error)));
				});
		}
	});
	// A client that goes away in the middle of a mail is no error of ours.
	server.on('error', (error) => log(`SMTP: ${error.message}`));
	const listening = server.listen(options.port, host);
	try {
		await once(listening, 'listening');
	} catch (cause) {
		throw new Error(`The SMTP port ${options.port} of config.toml is not free`, { cause });
	}
	return {
		host,
		port: (listening.address() as AddressInfo).port,
		close: () => new Promise((resolve) => server.close(() => resolve()))
	};
}

async function receive(
	stream: Readable,
	{ envelope }: SMTPServerSession
): Promise<{ mail: NewMessage; parsed: Email }> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		length += chunk.length;
		// What is too large is read to its end, for the answer, but not kept.
		if (length <= largest) chunks.push(chunk);
	}
	const mail = await PostalMime.parse(Buffer.concat(chunks));
	const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
	const kept: NewMessage = {
		...{ source: 'smtp', kind: null, link: null, code: null },
		messageId: mail.messageId ?? null,
		replyTo: mail.replyTo?.[0]?.address ?? null,
		from: mail.from?.address ?? sender,
		to: envelope.rcptTo.map(({ address }) => address),
		subject: mail.subject ?? '',
		text: mail.text ?? '',
		html: mail.html ?? null,
		attachments: mail.attachments.map(({ filename, mimeType, content }) => ({
			...{ name: filename ?? '', type: mimeType },
			size: typeof content === 'string' ? content.length : content.byteLength
		}))
	};
	return { mail: kept, parsed: mail };
}
