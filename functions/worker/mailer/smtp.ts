import type { Transporter } from 'nodemailer';
import { withoutPersonalData } from '../../_shared/log.ts';
import { AddressRefused, JobFailure } from '../job-failure.ts';
import type { Env, Letter, Transport } from './transport.ts';

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

export function smtpTransport(env: Env): Transport {
	let transporter: Promise<Transporter> | undefined;
	return async (letter) => {
		transporter ??= connect(env);
		await (await transporter).sendMail(messageOf(letter)).catch((error: unknown) => {
			throw failure(error);
		});
	};
}

function messageOf({ from, fromName, to, replyTo, key, subject, text, html, headers }: Letter) {
	return {
		...{ subject, text, html },
		from: { name: fromName, address: from },
		to: { name: '', address: to },
		...(replyTo ? { replyTo: { name: fromName, address: replyTo } } : {}),
		messageId: `<${key}@${from.split('@')[1] ?? 'localhost'}>`,
		headers: {
			...headers,
			// Providers hand these back when the mail bounces; the Message-ID is often their own by then.
			'x-pm-metadata-key': key,
			'x-mailgun-variables': JSON.stringify({ key })
		}
	};
}

// Loaded with the first mail: most runs send none, and a cold start is what a settings change waits for.
async function connect(env: Env): Promise<Transporter> {
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

interface SmtpError {
	responseCode?: number;
	code?: string;
	command?: string;
	message: string;
	response?: string;
}

/** 5xx about this recipient or mail is final; a wrong password or an absent server is not this mail's fault. */
function failure(error: unknown): JobFailure {
	const { responseCode, code, command, message, response } = error as SmtpError;
	const final =
		(code === 'EENVELOPE' || code === 'EMESSAGE') &&
		responseCode !== undefined &&
		responseCode >= 500;
	const told = `SMTP: ${withoutPersonalData(message)}`;
	if (final && command === 'RCPT TO' && noMailbox(responseCode, response ?? message)) {
		return new AddressRefused(told, { cause: error });
	}
	return new JobFailure(told, { final, cause: error });
}

/**
 * Whether the answer is about the address, and not about us: many servers say 550 or 554 to a sender whom they do not
 * trust (5.7.x). Without an enhanced code 550 and 553 to RCPT mean the mailbox.
 */
function noMailbox(code: number, text: string): boolean {
	const enhanced = /\b5\.(\d+)\.(\d+)\b/.exec(text);
	if (enhanced) return enhanced[1] === '1' || enhanced[0] === '5.2.1';
	return code === 550 || code === 553;
}
