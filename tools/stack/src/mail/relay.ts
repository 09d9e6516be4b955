import { createTransport } from 'nodemailer';
import type { SmtpConfig } from '../auth/config.ts';
import type { Mail } from './mail.ts';

export type Relay = { send: (mail: Mail) => Promise<void>; close: () => void };

/** Real mail, as `[auth.email.smtp]` says. */
export function createRelay(config: SmtpConfig): Relay {
	const transport = createTransport({
		host: config.host,
		port: config.port,
		// On the other ports a server that can do TLS is asked for it.
		secure: config.port === 465,
		...(config.user !== '' && { auth: { user: config.user, pass: config.pass } }),
		...{ connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }
	});
	const from = { name: config.sender_name, address: config.admin_email };
	return {
		async send({ to, subject, text, html }) {
			await transport.sendMail({ from, to, subject, text, html });
		},
		close: () => transport.close()
	};
}
